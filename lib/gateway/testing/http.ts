import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import type { GatewayRequest, GatewayResponse } from "../http/exchange.ts";
import { parseConnectorPath } from "../mounts/connector-path.ts";
import { serveNodeRequest } from "../mounts/node.ts";
import { handleWebRequest } from "../mounts/web.ts";

/** Something that listens on loopback for one test. */
export interface Listening {
  url: string;
  server: http.Server;
  close(): Promise<void>;
}

export async function listen(listener: http.RequestListener): Promise<Listening> {
  const server = http.createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The mount that a test uses: Node's HTTP server, or web Request and Response in the place of Next. */
const TEST_MOUNT = process.env.GATEWAY_TEST_MOUNT ?? "node";

/** Serves a handler at `/api/mcp/{id}`. The tests of the web mount run the same test files with GATEWAY_TEST_MOUNT=web. */
export function mount(handle: (request: GatewayRequest, id: string) => Promise<GatewayResponse>): Promise<Listening> {
  return listen((incoming, outgoing) => {
    const id = parseConnectorPath(incoming.url ?? "");
    assert(id, "the test asked for another path");
    const serve =
      TEST_MOUNT === "web"
        ? serveWeb(incoming, outgoing, (request) => handleWebRequest(request, (asked) => handle(asked, id)))
        : serveNodeRequest(incoming, outgoing, (asked) => handle(asked, id), {});
    void serve.catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : undefined);
    });
  });
}

/** Serves a function from web Request to Response as Next does: the head of a response leaves with the first part of its body. */
async function serveWeb(
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
  handle: (request: Request) => Promise<Response>,
): Promise<void> {
  const left = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) left.abort();
  });
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
  const hasBody = !["GET", "HEAD"].includes(incoming.method ?? "");
  const request = new Request(new URL(incoming.url ?? "/", "http://localhost"), {
    method: incoming.method,
    headers,
    signal: left.signal,
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: "half" }),
  } as RequestInit);
  const response = await handle(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) {
    outgoing.end();
    return;
  }
  const body = Readable.fromWeb(response.body as NodeReadableStream);
  body.on("error", () => outgoing.destroy());
  outgoing.once("close", () => body.destroy());
  body.pipe(outgoing);
}

/** Creates the headers of an MCP client's POST, with its access key (MCP 2025-11-25, basic/transports). */
export function createClientHeaders(key: string): Record<string, string> {
  return {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    authorization: `Bearer ${key}`,
  };
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  response: http.IncomingMessage;
  /** The whole body. Rejects when the connection is cut in the middle of it. */
  text(): Promise<string>;
  json(): Promise<Record<string, unknown>>;
  /** Resolves with what has come so far as soon as the condition holds for it. */
  until(condition: (text: string) => boolean): Promise<string>;
  /** Leaves, as a client does that is closed. */
  leave(): void;
}

export interface SendOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer | Readable;
}

/** Sends a request over a connection of its own; resolves with the head of the answer. */
export function send(url: string, options: SendOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body } = options;
    const request = http.request(
      url,
      { agent: false, method: options.method ?? "POST", headers: options.headers },
      (response) => resolve(answer(request, response)),
    );
    request.once("error", reject);
    if (body instanceof Readable) body.pipe(request);
    else request.end(body);
  });
}

function answer(request: http.ClientRequest, response: http.IncomingMessage): Answer {
  const chunks: Buffer[] = [];
  const seen = () => Buffer.concat(chunks).toString("utf8");
  response.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    response.once("end", resolve);
    response.once("error", reject);
  });
  ended.catch(() => {});
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    response,
    async text() {
      await ended;
      return seen();
    },
    async json() {
      await ended;
      return JSON.parse(seen()) as Record<string, unknown>;
    },
    async until(condition) {
      while (!condition(seen())) {
        await Promise.race([once(response, "data"), ended]);
        assert(!response.readableEnded || condition(seen()), `the answer ended without it: ${seen()}`);
      }
      return seen();
    },
    leave: () => request.destroy(),
  };
}

/** Resolves when the condition holds; fails after a minute. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await condition())) {
    assert(performance.now() < deadline, `did not come about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
