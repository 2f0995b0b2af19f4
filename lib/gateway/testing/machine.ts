import type http from "node:http";
import { type Listening, listen } from "./http.ts";

export interface Received {
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  rawHeaders: string[];
  request: http.IncomingMessage;
  response: http.ServerResponse;
  /** The body as a whole, when it has come. */
  body(): Promise<Buffer>;
}

export interface FakeMachine extends Listening {
  /** Received requests, in order. */
  received: Received[];
  /** Answers each request. */
  onRequest: (received: Received) => void | Promise<void>;
}

/** An HTTP server in the place of mcp-host that keeps what it is sent and answers as the test says. */
export async function startFakeMachine(onRequest: FakeMachine["onRequest"] = answerEmpty): Promise<FakeMachine> {
  const received: Received[] = [];
  const listening = await listen((request, response) => {
    const chunks: Buffer[] = [];
    const whole = new Promise<Buffer>((resolve, reject) => {
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.once("end", () => resolve(Buffer.concat(chunks)));
      request.once("error", reject);
    });
    whole.catch(() => {});
    const item: Received = {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      request,
      response,
      body: () => whole,
    };
    received.push(item);
    void machine.onRequest(item);
  });
  const machine: FakeMachine = { ...listening, received, onRequest };
  return machine;
}

/** Answers a JSON-RPC request with an empty result. */
export async function answerEmpty({ body, response }: Received): Promise<void> {
  const text = (await body()).toString("utf8");
  const id = text === "" ? null : ((JSON.parse(text) as { id?: unknown }).id ?? null);
  sendJson(response, { jsonrpc: "2.0", id, result: {} });
}

export function sendJson(response: http.ServerResponse, value: unknown, status = 200): void {
  const text = JSON.stringify(value);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

export function startEvents(response: http.ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
}
