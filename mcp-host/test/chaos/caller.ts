import assert from "node:assert/strict";
import type { Client } from "../testing/client.ts";
import type { TestHost } from "../testing/host-process.ts";
import { JSON_HEADERS } from "../testing/http.ts";
import type { Rpc } from "../testing/rpc.ts";
import { parseEvents } from "../testing/sse.ts";

/** Far above what the slowest machine takes for one call. */
const PATIENCE_MS = 60_000;

export interface CallOptions {
  id: number;
  name: string;
  args: Record<string, unknown>;
  progressToken?: string;
}

/** One client under load, over connections that are kept; it looks at every byte that it receives. */
export abstract class Caller {
  protected readonly host: TestHost;
  readonly #inspect: (text: string) => void;

  /** @param inspect is shown all that comes, as it was sent; throws when it must not have come here */
  constructor(host: TestHost, inspect: (text: string) => void) {
    this.host = host;
    this.#inspect = inspect;
  }

  /** Calls a tool and gives its response. Questions on the way are answered by {@link answer}. */
  abstract call(options: CallOptions): Promise<Rpc>;

  protected async exchange(body: object, headers: Record<string, string>): Promise<Rpc | null> {
    const response = await fetch(new URL("/mcp", this.host.url), {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (response.headers.get("content-type") !== "text/event-stream") {
      const text = await response.text();
      this.#inspect(text);
      // 404 is what 2026-07-28 answers to what the server calls an unknown method.
      assert([200, 202, 404, 502, 503].includes(response.status), `${response.status} ${text}`);
      return text === "" ? null : (JSON.parse(text) as Rpc);
    }
    assert(response.body);
    let text = "";
    let last: Rpc | null = null;
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const end = text.lastIndexOf("\n\n");
      if (end === -1) continue;
      this.#inspect(text.slice(0, end));
      for (const event of parseEvents(text.slice(0, end))) {
        if (!event.data) continue;
        const message = JSON.parse(event.data) as Rpc;
        if (message.method === undefined) last = message;
        else if (message.id !== undefined) await this.answer(message);
      }
      text = text.slice(end + 2);
    }
    return last;
  }

  protected answer(_question: Rpc): Promise<void> {
    return Promise.reject(new Error("a question where none can come"));
  }
}

/** A session of 2025-11-25. */
export class LegacyCaller extends Caller {
  readonly #client: Client;
  readonly #reply: string;

  /** @param reply what it answers every elicitation with */
  constructor(client: Client, inspect: (text: string) => void, reply: string) {
    super(client.host, inspect);
    this.#client = client;
    this.#reply = reply;
  }

  async call({ id, name, args, progressToken }: CallOptions): Promise<Rpc> {
    const meta = progressToken === undefined ? {} : { _meta: { progressToken } };
    const body = { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args, ...meta } };
    const response = await this.exchange(body, this.#client.headers);
    assert(response);
    assert.equal(response.id, id);
    return response;
  }

  protected override async answer(question: Rpc): Promise<void> {
    const result = { action: "accept", content: { reply: this.#reply } };
    await this.exchange({ jsonrpc: "2.0", id: question.id, result }, this.#client.headers);
  }
}

/** A client of 2026-07-28, told from others by the name that a gateway gives it. */
export class ModernCaller extends Caller {
  readonly #name: string;

  constructor(host: TestHost, name: string, inspect: (text: string) => void) {
    super(host, inspect);
    this.#name = name;
  }

  async call({ id, name, args, progressToken }: CallOptions): Promise<Rpc> {
    const meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
      ...(progressToken === undefined ? {} : { progressToken }),
    };
    const body = { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args, _meta: meta } };
    const response = await this.exchange(body, {
      ...JSON_HEADERS,
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": name,
      "mcp-host-client": this.#name,
    });
    assert(response);
    assert.equal(response.id, id);
    return response;
  }
}
