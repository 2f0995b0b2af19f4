import { readWhole } from "../http/response-body.ts";
import { MachineHttp } from "../machines/machine-http.ts";

const CONNECT_TIMEOUT_MS = 30_000;

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

/**
 * Opens a wire over the gateway's own HTTP client: a call costs it about half of what Node's costs. Client and subjects share the processors, so
 * a costly client would measure itself.
 */
export function openWire({ url, headers }: Target): Wire {
  const http = new MachineHttp();
  const { signal } = new AbortController();
  const common: Record<string, string> = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...headers,
  };
  return {
    headers: common,
    async send(method, body, more = {}) {
      const response = await http.send(url, {
        method,
        path: "",
        headers: { ...common, ...more },
        body: { head: Buffer.from(body), rest: null },
        signal,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        // A subject may have closed a connection that was idle.
        isRepeatable: true,
      });
      const bytes = await readWhole(response);
      if (bytes === null) throw new Error(`the answer to ${method} broke off`);
      const text = bytes.toString("utf8");
      if (response.statusCode >= 300) throw new Error(`${method} was answered ${response.statusCode}: ${text}`);
      return { text, session: response.headers["mcp-session-id"] };
    },
    close: () => http.close(),
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
