import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedRequest {
  method: string;
  /** Path with query. */
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface TestServer {
  /** Base URL without a trailing slash. */
  url: string;
  requests: RecordedRequest[];
  /** Problems of the requests so far; a test asserts that there are none. */
  problems: string[];
  close(): Promise<void>;
}

export type Handler = (
  request: RecordedRequest,
  response: ServerResponse,
  problem: (text: string) => void,
) => void | Promise<void>;

/** Starts an HTTP server on a free loopback port that records every request. */
export async function startTestServer(handle: Handler): Promise<TestServer> {
  const requests: RecordedRequest[] = [];
  const problems: string[] = [];
  const server = createServer((incoming, response) => {
    void record(incoming)
      .then(async (request) => {
        requests.push(request);
        await handle(request, response, (text) => problems.push(`${request.method} ${request.url}: ${text}`));
      })
      .catch((error: unknown) => {
        problems.push(String(error));
        response.destroy();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    problems,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
  return {
    method: incoming.method ?? "",
    url: incoming.url ?? "",
    headers,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(text);
}
