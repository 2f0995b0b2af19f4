import http from "node:http";
import https from "node:https";

/** Address and headers with which a subject is called. */
export interface Target {
  url: string;
  headers: Record<string, string>;
  /** What the subject calls the tool `echo`, where it has another name for it. */
  tool?: string;
}

export interface Exchanged {
  text: string;
  session: string | undefined;
}

/** A kept-alive connection of a client. */
export interface Wire {
  /** Sent with every request; a client adds to it. */
  headers: Record<string, string>;
  /** Rejects for every status from 300 on. */
  send(method: string, body: string, more?: Record<string, string>): Promise<Exchanged>;
  close(): void;
}

export function openWire({ url, headers }: Target): Wire {
  const { Agent, request } = url.startsWith("https:") ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const common: Record<string, string> = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...headers,
  };
  return {
    headers: common,
    send: (method, body, more = {}) =>
      new Promise((resolve, reject) => {
        const length = body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) };
        const sent = request(url, { agent, method, headers: { ...common, ...more, ...length } }, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.once("error", reject);
          response.once("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            if ((response.statusCode ?? 500) >= 300)
              reject(new Error(`${method} was answered ${response.statusCode}: ${text}`));
            else resolve({ text, session: response.headers["mcp-session-id"]?.toString() });
          });
        });
        sent.once("error", reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** A JSON-RPC request as text. */
export function requestText(id: number, method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

export const INITIALIZE_PARAMS = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "bench", version: "1" },
};
