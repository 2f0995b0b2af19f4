import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { TestHost } from "./host-process.ts";
import { PATIENCE_MS } from "./patience.ts";
import type { Rpc } from "./rpc.ts";
import { messagesOf, parseEvents, type SseEvent } from "./sse.ts";

/** Headers of a POST under `/mcp`. */
export const JSON_HEADERS = { "content-type": "application/json", accept: "application/json, text/event-stream" };

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The JSON body, or the messages of the event stream. */
  messages: Rpc[];
  events: SseEvent[];
}

export interface RawOptions {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Sends one HTTP request with exactly the given headers. fetch forbids setting Host and Origin. */
export function http(host: TestHost, options: RawOptions): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      new URL(options.path ?? "/mcp", host.url),
      { method: options.method ?? "POST", headers: options.headers ?? {}, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          const stream = response.headers["content-type"] === "text/event-stream";
          const json = response.headers["content-type"] === "application/json" && text !== "";
          const events = stream ? parseEvents(text) : [];
          const body = json ? (JSON.parse(text) as Rpc | Rpc[]) : [];
          const messages = stream ? messagesOf(events) : [body].flat();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, events, messages });
        });
      },
    );
    request.on("error", reject);
    // Without a deadline a test without an answer would hang instead of fail.
    request.setTimeout(PATIENCE_MS, () =>
      request.destroy(new Error(`no answer to ${options.method ?? "POST"} ${options.body}`)),
    );
    request.end(options.body);
  });
}

/** Returns the JSON of `GET /status`. */
export async function status(host: TestHost, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const reply = await http(host, { method: "GET", path: "/status", headers });
  return JSON.parse(reply.text) as Record<string, unknown>;
}
