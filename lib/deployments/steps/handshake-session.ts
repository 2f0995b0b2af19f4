import { z } from "zod";
import { chunksOf } from "../../http/sse.ts";
import { McpSession, MESSAGE_HEADERS, type SessionRequest, type SessionResponse } from "../../runtime/mcp-session.ts";
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

/** A session in which everything but a response to the pending request is skipped. */
export class HandshakeSession {
  readonly #session: McpSession<z.infer<typeof responseSchema>>;

  constructor(endpoint: Endpoint, hostToken: string, signal: AbortSignal) {
    this.#session = new McpSession({
      send: (request) => sendRequest(endpoint, hostToken, request),
      parse: parseResponse,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      signal,
    });
  }

  /** Sets the negotiated version, once the server has answered `initialize`. */
  set protocolVersion(version: string) {
    this.#session.protocolVersion = version;
  }

  /** Sends a request and returns its result. Throws HandshakeError for an error or an invalid answer, and what fetch throws. */
  async request(method: string, params: Record<string, unknown>): Promise<unknown> {
    const { response, status, isEventStream } = await this.#session.request(method, params);
    if (response === null) {
      const flaw = isEventStream
        ? `the answer to ${method} broke off`
        : `${method} was answered with HTTP ${status} and no JSON-RPC response`;
      throw new HandshakeError(flaw);
    }
    if (response.error) throw new JsonRpcError(method, response.error.code, response.error.message);
    return response.result;
  }

  /** Sends a notification. Throws HandshakeError when it is refused, and what fetch throws. */
  async notify(method: string): Promise<void> {
    const status = await this.#session.notify({ jsonrpc: "2.0", method });
    if (status < 200 || status > 299) throw new HandshakeError(`${method} was answered with HTTP ${status}`);
  }

  /** Ends the session. A failure is ignored, since the answers are already here. */
  end(): Promise<void> {
    return this.#session.end();
  }
}

async function sendRequest(
  endpoint: Endpoint,
  hostToken: string,
  { method, headers, message, signal }: SessionRequest,
): Promise<SessionResponse> {
  const response = await fetch(`${endpoint.url}/mcp`, {
    method,
    headers: { authorization: `Bearer ${hostToken}`, ...headers, ...(message !== null && MESSAGE_HEADERS) },
    body: message === null ? null : JSON.stringify(message),
    signal,
    cache: "no-store",
    redirect: "error",
  });
  return {
    status: response.status,
    contentType: response.headers.get("content-type"),
    sessionId: response.headers.get("mcp-session-id"),
    body: response.body && chunksOf(response.body),
    discard: async () => await response.body?.cancel(),
  };
}

function parseResponse(text: string): z.infer<typeof responseSchema> | null {
  try {
    return responseSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
