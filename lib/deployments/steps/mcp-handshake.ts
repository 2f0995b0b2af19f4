import { z } from "zod";
import packageJson from "../../../package.json" with { type: "json" };
import { readText, serverSentEvents } from "../../runtime/host-client.ts";
import type { Endpoint } from "../../runtime/runtime.ts";
import type { ToolView } from "../view.ts";

const PROTOCOL_VERSION = "2025-11-25";
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const MAX_PAGES = 100;
const MAX_TOOLS = 5_000;
const METHOD_NOT_FOUND = -32601;

/** What a server answers to `initialize` (MCP 2025-11-25, basic/lifecycle). */
const initializeResultSchema = z.looseObject({
  protocolVersion: z.string().max(100),
  capabilities: z.record(z.string(), z.unknown()),
  serverInfo: z.looseObject({ name: z.string().max(500), version: z.string().max(200) }),
  instructions: z.string().optional(),
});

const toolsPageSchema = z.looseObject({
  tools: z.array(z.looseObject({ name: z.string(), inputSchema: z.record(z.string(), z.unknown()) })),
  nextCursor: z.string().nullish(),
});

const responseSchema = z.looseObject({
  id: z.union([z.string(), z.number()]),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
});

export type InitializeResult = z.infer<typeof initializeResultSchema>;

export interface Handshake {
  initialize: InitializeResult;
  tools: ToolView[];
}

/** The server, or mcp-host on its behalf, answered with an error or with something that is no answer. */
export class HandshakeError extends Error {
  override name = "HandshakeError";
}

/**
 * A whole legacy-era conversation with a machine's mcp-host: `initialize`, `notifications/initialized`, every page of
 * `tools/list`, and the end of the session.
 *
 * @throws HandshakeError for errors and nonsense; whatever fetch throws when the machine is gone or the signal aborts
 */
export async function shakeHands(endpoint: Endpoint, hostToken: string, signal: AbortSignal): Promise<Handshake> {
  const session = new Session(endpoint, hostToken, signal);
  try {
    const initialize = parse(
      initializeResultSchema,
      await session.request("initialize", {
        protocolVersion: PROTOCOL_VERSION,
        capabilities: {},
        clientInfo: { name: "catwalk", title: "Catwalk", version: packageJson.version },
      }),
      "initialize",
    );
    session.protocolVersion = initialize.protocolVersion;
    await session.notify("notifications/initialized");
    return { initialize, tools: await listTools(session, "tools" in initialize.capabilities) };
  } finally {
    await session.end();
  }
}

async function listTools(session: Session, declared: boolean): Promise<ToolView[]> {
  const tools: ToolView[] = [];
  const cursors = new Set<string>();
  let cursor: string | null | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const result = await session.request("tools/list", cursor ? { cursor } : {}).catch((error: unknown) => {
      // A server that declares no tools need not know the method.
      if (!declared && error instanceof RpcFailure && error.code === METHOD_NOT_FOUND) return { tools: [] };
      throw error;
    });
    const { tools: some, nextCursor } = parse(toolsPageSchema, result, "tools/list");
    tools.push(...some);
    if (tools.length > MAX_TOOLS) throw new HandshakeError(`it lists more than ${MAX_TOOLS} tools`);
    if (!nextCursor) return tools;
    if (cursors.has(nextCursor)) throw new HandshakeError("its list of tools never ends: a page's cursor came again");
    cursors.add(nextCursor);
    cursor = nextCursor;
  }
  throw new HandshakeError(`its list of tools has more than ${MAX_PAGES} pages`);
}

class RpcFailure extends HandshakeError {
  readonly code: number;
  constructor(method: string, code: number, message: string) {
    super(`${method} was answered with an error: ${message.slice(0, 1_000)} (${code})`);
    this.code = code;
  }
}

class Session {
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

  async request(method: string, params: Record<string, unknown>): Promise<unknown> {
    const id = ++this.#lastRequest;
    const response = await this.#post({ jsonrpc: "2.0", id, method, params });
    this.#id ??= response.headers.get("mcp-session-id");
    const answer = await this.#answer(response, id, method);
    if (answer.error) throw new RpcFailure(method, answer.error.code, answer.error.message);
    return answer.result;
  }

  async notify(method: string): Promise<void> {
    const response = await this.#post({ jsonrpc: "2.0", method });
    await response.body?.cancel();
    if (!response.ok) throw new HandshakeError(`${method} was answered with HTTP ${response.status}`);
  }

  /** Ends the session; whether that works makes no difference to what was learnt. */
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

  /** The response to one request, in a body of JSON or on an event stream between other messages. */
  async #answer(response: Response, id: number, method: string): Promise<z.infer<typeof responseSchema>> {
    if (response.headers.get("content-type")?.startsWith("text/event-stream") && response.body) {
      for await (const event of serverSentEvents(response.body, MAX_ANSWER_BYTES)) {
        const message = responseSchema.safeParse(parseJson(event.data));
        if (message.success && message.data.id === id) return message.data;
      }
      throw new HandshakeError(`the answer to ${method} broke off`);
    }
    const message = responseSchema.safeParse(parseJson(await readText(response, MAX_ANSWER_BYTES)));
    if (message.success && message.data.id === id) return message.data;
    throw new HandshakeError(`${method} was answered with HTTP ${response.status} and no JSON-RPC response`);
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, method: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new HandshakeError(`the answer to ${method} is not what MCP asks for${where ? ` (at ${where})` : ""}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
