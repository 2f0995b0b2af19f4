import { z } from "zod";
import { parseEvents } from "../../http/sse.ts";
import { readText } from "../../runtime/host-client.ts";
import type { Endpoint } from "../../runtime/runtime.ts";

const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

const responseSchema = z.looseObject({
  id: z.union([z.string(), z.number()]),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
});

/** The server, or mcp-host on its behalf, answered with an error or not as MCP demands. */
export class HandshakeError extends Error {
  override name = "HandshakeError";
}

/** The server answered with a JSON-RPC error. */
export class JsonRpcError extends HandshakeError {
  readonly code: number;
  constructor(method: string, code: number, message: string) {
    super(`${method} was answered with an error: ${message.slice(0, 1_000)} (${code})`);
    this.code = code;
  }
}

/** A legacy-era session with a machine's mcp-host (MCP 2025-11-25, basic/transports). */
export class McpSession {
  /** The negotiated version, once the server has answered `initialize`. */
  protocolVersion: string | null = null;
  readonly #url: string;
  readonly #hostToken: string;
  readonly #signal: AbortSignal;
  #id: string | null = null;
  #lastRequest = 0;

  constructor(endpoint: Endpoint, hostToken: string, signal: AbortSignal) {
    this.#url = `${endpoint.url}/mcp`;
    this.#hostToken = hostToken;
    this.#signal = signal;
  }

  /** Sends a request and returns its result. Throws HandshakeError for an error or an invalid answer, and what fetch throws. */
  async request(method: string, params: Record<string, unknown>): Promise<unknown> {
    const id = ++this.#lastRequest;
    const response = await this.#post({ jsonrpc: "2.0", id, method, params });
    this.#id ??= response.headers.get("mcp-session-id");
    const answer = await this.#readResponse(response, id, method);
    if (answer.error) throw new JsonRpcError(method, answer.error.code, answer.error.message);
    return answer.result;
  }

  async notify(method: string): Promise<void> {
    const response = await this.#post({ jsonrpc: "2.0", method });
    await response.body?.cancel();
    if (!response.ok) throw new HandshakeError(`${method} was answered with HTTP ${response.status}`);
  }

  /** Ends the session. A failure is ignored, since the answers are already here. */
  async end(): Promise<void> {
    if (this.#id === null) return;
    const request = { method: "DELETE", headers: this.#headers(), signal: AbortSignal.timeout(5_000) } as const;
    await fetch(this.#url, request).then(
      (response) => response.body?.cancel(),
      () => {},
    );
  }

  #post(message: Record<string, unknown>): Promise<Response> {
    return fetch(this.#url, {
      method: "POST",
      headers: {
        ...this.#headers(),
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify(message),
      signal: this.#signal,
      cache: "no-store",
      redirect: "error",
    });
  }

  #headers(): Record<string, string> {
    return {
      authorization: `Bearer ${this.#hostToken}`,
      ...(this.#id !== null && { "mcp-session-id": this.#id }),
      ...(this.protocolVersion !== null && { "mcp-protocol-version": this.protocolVersion }),
    };
  }

  /** Reads the response to one request from a JSON body, or from an event stream with other messages. */
  async #readResponse(response: Response, id: number, method: string): Promise<z.infer<typeof responseSchema>> {
    if (response.headers.get("content-type")?.startsWith("text/event-stream") && response.body) {
      for await (const event of parseEvents(response.body, { maxCharacters: MAX_RESPONSE_BYTES })) {
        const message = responseSchema.safeParse(parseJson(event.data));
        if (message.success && message.data.id === id) return message.data;
      }
      throw new HandshakeError(`the answer to ${method} broke off`);
    }
    const message = responseSchema.safeParse(parseJson(await readText(response, MAX_RESPONSE_BYTES)));
    if (message.success && message.data.id === id) return message.data;
    throw new HandshakeError(`${method} was answered with HTTP ${response.status} and no JSON-RPC response`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
