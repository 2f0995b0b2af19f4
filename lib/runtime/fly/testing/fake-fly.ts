import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A response, or "cut" to close the connection without one. */
export type Answer = "cut" | { status: number; headers?: Record<string, string>; body?: unknown };

/** Starts an HTTP server on loopback that gives these answers in turn, then repeats the last one. */
export async function startFakeFly(...answers: Answer[]) {
  const asked: RecordedRequest[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
    if (answer === undefined || answer === "cut") return void request.socket.destroy();
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(
      answer.body === undefined ? "" : typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => void server.close().closeAllConnections(),
  };
}
