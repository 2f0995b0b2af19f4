import assert from "node:assert/strict";
import type { TestHost } from "./host-process.ts";
import { http, JSON_HEADERS, type Reply } from "./http.ts";
import { OpenStream } from "./open-stream.ts";
import { type Rpc, textOf } from "./rpc.ts";

let nextId = 1;

export interface ClientOptions {
  version?: string;
  capabilities?: Record<string, unknown>;
  headers?: Record<string, string>;
  initialized?: boolean;
}

/** A client session that speaks the wire by hand. */
export class Client {
  readonly host: TestHost;
  readonly version: string;
  id = "";
  initializeResult: Record<string, unknown> = {};

  private constructor(host: TestHost, version: string) {
    this.host = host;
    this.version = version;
  }

  static async open(
    host: TestHost,
    { version = "2025-11-25", capabilities = {}, headers = {}, initialized = true }: ClientOptions = {},
  ): Promise<Client> {
    const client = new Client(host, version);
    const params = { protocolVersion: version, capabilities, clientInfo: { name: "test", version: "1" } };
    const body = JSON.stringify({ jsonrpc: "2.0", id: "init", method: "initialize", params });
    const reply = await http(host, { headers: { ...JSON_HEADERS, ...headers }, body });
    assert.equal(reply.status, 200, reply.text);
    assert(reply.messages[0]?.result, reply.text);
    client.initializeResult = reply.messages[0].result;
    client.id = String(reply.headers["mcp-session-id"]);
    if (initialized) await client.post({ jsonrpc: "2.0", method: "notifications/initialized" });
    return client;
  }

  get headers(): Record<string, string> {
    return { ...JSON_HEADERS, "mcp-session-id": this.id, "mcp-protocol-version": this.version };
  }

  post(body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return http(this.host, { headers: { ...this.headers, ...headers }, body: text });
  }

  /** Sends a request. Returns the last message of the answer, which is the response. */
  async request(method: string, params: Record<string, unknown> = {}): Promise<Rpc> {
    const id = nextId++;
    const reply = await this.post({ jsonrpc: "2.0", id, method, params });
    const response = reply.messages.at(-1);
    assert(response, `${reply.status} ${reply.text}`);
    assert.equal(response.id, id);
    return response;
  }

  call(name: string, args: Record<string, unknown> = {}, meta?: Record<string, unknown>): Promise<Rpc> {
    return this.request("tools/call", { name, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) });
  }

  /** Calls a tool and reads its answer as it arrives. Accepts only a stream. */
  stream(
    name: string,
    args: Record<string, unknown> = {},
    extra: { id?: string | number; meta?: object } = {},
  ): OpenStream {
    const params = { name, arguments: args, ...(extra.meta === undefined ? {} : { _meta: extra.meta }) };
    const body = JSON.stringify({ jsonrpc: "2.0", id: extra.id ?? nextId++, method: "tools/call", params });
    return new OpenStream(this.host, {
      method: "POST",
      headers: { ...this.headers, accept: "text/event-stream" },
      body,
    });
  }

  listen(headers: Record<string, string> = {}): OpenStream {
    return new OpenStream(this.host, { headers: { ...this.headers, accept: "text/event-stream", ...headers } });
  }

  /** Returns what the fixture server has received. */
  async seen(): Promise<Record<string, unknown>> {
    return JSON.parse(textOf(await this.call("seen"))) as Record<string, unknown>;
  }
}
