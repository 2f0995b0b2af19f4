import assert from "node:assert/strict";
import type { TestHost } from "./host-process.ts";
import { http, JSON_HEADERS, type Reply } from "./http.ts";
import { OpenStream } from "./open-stream.ts";
import { type Rpc, textOf } from "./rpc.ts";

/** The `_meta` of a request of the modern era. */
export function meta(capabilities: object, extra: object = {}): Record<string, unknown> {
  return {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": capabilities,
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    ...extra,
  };
}

export function callParams(name: string, args: object = {}, capabilities: object = {}, extra: object = {}) {
  return { name, arguments: args, _meta: meta(capabilities, extra) };
}

export interface SendOptions {
  id?: number | string;
  headers?: Record<string, string>;
}

let nextId = 1;

/** A client of 2026-07-28 that speaks the wire by hand. */
export class ModernClient {
  readonly host: TestHost;
  readonly capabilities: object;
  readonly headers: Record<string, string>;

  constructor(host: TestHost, options: { capabilities?: object; headers?: Record<string, string> } = {}) {
    this.host = host;
    this.capabilities = options.capabilities ?? {};
    this.headers = options.headers ?? {};
  }

  #prepare(method: string, params: Record<string, unknown>, options: SendOptions) {
    const whole: Record<string, unknown> = { _meta: meta(this.capabilities), ...params };
    const name = method === "resources/read" ? whole.uri : whole.name;
    const named = ["tools/call", "prompts/get", "resources/read"].includes(method);
    const headers = {
      ...JSON_HEADERS,
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(named ? { "mcp-name": String(name) } : {}),
      ...this.headers,
      ...options.headers,
    };
    return {
      headers,
      body: JSON.stringify({ jsonrpc: "2.0", id: options.id ?? nextId++, method, params: whole }),
    };
  }

  send(method: string, params: Record<string, unknown> = {}, options: SendOptions = {}): Promise<Reply> {
    return http(this.host, this.#prepare(method, params, options));
  }

  stream(method: string, params: Record<string, unknown> = {}, options: SendOptions = {}): OpenStream {
    return new OpenStream(this.host, { method: "POST", ...this.#prepare(method, params, options) });
  }

  /** Sends a request. Returns the last message of the answer, which is the response. */
  async request(method: string, params: Record<string, unknown> = {}, options: SendOptions = {}): Promise<Rpc> {
    const reply = await this.send(method, params, options);
    const response = reply.messages.at(-1);
    assert(response, `${reply.status} ${reply.text}`);
    return response;
  }

  call(name: string, args: object = {}, options: SendOptions & { retry?: object } = {}): Promise<Rpc> {
    return this.request("tools/call", { name, arguments: args, ...options.retry }, options);
  }

  /** Returns what the fixture server has received. */
  async seen(): Promise<Record<string, unknown>> {
    return JSON.parse(textOf(await this.call("seen"))) as Record<string, unknown>;
  }
}
