import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The sources themselves, whatever has been built of them. */
const main = fileURLToPath(new URL("../src/serve.ts", import.meta.url));
export const fixture = fileURLToPath(new URL("./fixtures/server.ts", import.meta.url));
/** A server that prints and never answers; it has printed long before any time for its handshake is over. */
export const garbage = ["/bin/sh", "-c", "echo Welcome to the garbage server; exec sleep 600"];

/** Far above anything that happens on the slowest machine. */
const PATIENCE_MS = 60_000;
/** The same for what a registry far away takes part in. */
export const INSTALL_PATIENCE_MS = 300_000;

export interface Rpc {
  jsonrpc: "2.0";
  id?: string | number | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown> & { content?: { text: string }[] };
  error?: { code: number; message: string; data?: Record<string, unknown> };
}

export interface TestHost {
  url: string;
  process: ChildProcess;
  /** What it has written to standard error so far. */
  stderr(): string;
  /** Ends it as SIGTERM does, unless it is gone. */
  close(): Promise<void>;
}

export interface HostOptions {
  /** Arguments of mcp-host before `--`. */
  flags?: string[];
  /** The server's command; the fixture in the given mode when absent. */
  command?: string[] | null;
  mode?: string;
  env?: Record<string, string>;
  /** mcp-host's main file; the one in src when absent. */
  program?: string;
  /** Options of Node for mcp-host alone. */
  nodeOptions?: string[];
  /** A program that is given mcp-host's command line and becomes it. */
  launcher?: string[];
}

/** Starts mcp-host as a process of its own, with an environment that holds only what the test gives and the machine needs. */
export async function startHost(options: HostOptions = {}): Promise<TestHost> {
  const command =
    options.command === undefined ? [process.execPath, fixture, options.mode ?? "normal"] : options.command;
  const [program = process.execPath, ...args] = [
    ...(options.launcher ?? []),
    process.execPath,
    ...(options.nodeOptions ?? []),
    options.program ?? main,
    "--port",
    "0",
    ...(options.flags ?? []),
    ...(command === null ? [] : ["--", ...command]),
  ];
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("MCP_") && name !== "NODE_TEST_CONTEXT",
  );
  const child = spawn(program, args, {
    env: { ...(Object.fromEntries(inherited) as NodeJS.ProcessEnv), ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const errors: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  assert(child.stdout);
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), once(child, "exit")]);
  const url = /http:\/\/\S+/.exec(String(first[0]))?.[0];
  assert(url, `mcp-host did not start: ${errors.join("")}`);
  return {
    url: url.replace("[::]", "127.0.0.1"),
    process: child,
    stderr: () => errors.join(""),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** Runs mcp-host with a configuration it refuses; gives its exit code and what it wrote to stderr. */
export async function runToExit(
  flags: string[],
  env: Record<string, string>,
): Promise<{ code: number; stderr: string }> {
  const child = spawn(process.execPath, [main, ...flags], {
    env: { ...process.env, ...env },
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, "exit")) as [number];
  return { code, stderr };
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The JSON body, or the messages of the event stream. */
  messages: Rpc[];
  events: SseEvent[];
}

export interface SseEvent {
  id?: string;
  retry?: string;
  data?: string;
}

export function parseEvents(text: string): SseEvent[] {
  return text
    .split("\n\n")
    .map((block) => {
      const event: SseEvent = {};
      for (const line of block.split("\n")) {
        const match = /^(id|retry|data): ?(.*)$/.exec(line);
        if (match?.[1] !== undefined) event[match[1] as keyof SseEvent] = match[2] ?? "";
      }
      return event;
    })
    .filter((event) => Object.keys(event).length > 0);
}

export function messagesOf(events: SseEvent[]): Rpc[] {
  return events.flatMap((event) => (event.data ? [JSON.parse(event.data) as Rpc] : []));
}

export interface RawOptions {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** One HTTP request with nothing added to it, which fetch would not allow (Host, Origin). */
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
    // So that a test whose answer never comes fails instead of hanging.
    request.setTimeout(PATIENCE_MS, () =>
      request.destroy(new Error(`no answer to ${options.method ?? "POST"} ${options.body}`)),
    );
    request.end(options.body);
  });
}

export const jsonHeaders = { "content-type": "application/json", accept: "application/json, text/event-stream" };

/** An event stream that is being read. */
export class OpenStream {
  readonly events: SseEvent[] = [];
  status = 0;
  headers: IncomingHttpHeaders = {};
  ended = false;
  #text = "";
  #request: ReturnType<typeof httpRequest>;
  #changed: (() => void)[] = [];
  readonly opened: Promise<void>;

  constructor(host: TestHost, options: RawOptions) {
    this.#request = httpRequest(new URL(options.path ?? "/mcp", host.url), {
      method: options.method ?? "GET",
      headers: { accept: "text/event-stream", ...options.headers },
      agent: false,
    });
    this.opened = new Promise((resolve, reject) => {
      this.#request.on("error", (error) => {
        this.#end();
        reject(error);
      });
      this.#request.on("response", (response) => {
        this.status = response.statusCode ?? 0;
        this.headers = response.headers;
        resolve();
        response.on("error", () => this.#end());
        response.on("close", () => this.#end());
        response.on("data", (chunk: Buffer) => {
          this.#text += chunk.toString();
          const end = this.#text.lastIndexOf("\n\n");
          if (end === -1) return;
          this.events.push(...parseEvents(this.#text.slice(0, end)));
          this.#text = this.#text.slice(end + 2);
          this.#wake();
        });
      });
    });
    this.opened.catch(() => {});
    this.#request.end(options.body);
  }

  get messages(): Rpc[] {
    return messagesOf(this.events);
  }

  /** Waits for a message that fits; fails when the stream ends before. */
  async until(fits: (message: Rpc) => boolean): Promise<Rpc> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found !== undefined) return found;
      assert(!this.ended, `the stream ended without the message; it had ${JSON.stringify(this.messages)}`);
      await this.#change();
    }
  }

  async untilEnd(): Promise<void> {
    while (!this.ended) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`nothing more came after ${JSON.stringify(this.messages)}`)),
        PATIENCE_MS,
      );
      this.#changed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Breaks the connection off. */
  drop(): void {
    this.#request.destroy();
  }

  #end(): void {
    this.ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

let nextId = 1;

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
    const reply = await http(host, { headers: { ...jsonHeaders, ...headers }, body });
    assert.equal(reply.status, 200, reply.text);
    assert(reply.messages[0]?.result, reply.text);
    client.initializeResult = reply.messages[0].result;
    client.id = String(reply.headers["mcp-session-id"]);
    if (initialized) await client.post({ jsonrpc: "2.0", method: "notifications/initialized" });
    return client;
  }

  get headers(): Record<string, string> {
    return { ...jsonHeaders, "mcp-session-id": this.id, "mcp-protocol-version": this.version };
  }

  post(body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return http(this.host, { headers: { ...this.headers, ...headers }, body: text });
  }

  /** Sends a request and gives the last message of the answer, which is the response. */
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

  /** Calls a tool and reads its answer as it comes; asks for a stream, whatever comes first. */
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

  /** What the fixture has seen. */
  async seen(): Promise<Record<string, unknown>> {
    return JSON.parse(textOf(await this.call("seen"))) as Record<string, unknown>;
  }
}

export interface ClientOptions {
  version?: string;
  capabilities?: Record<string, unknown>;
  headers?: Record<string, string>;
  initialized?: boolean;
}

export function textOf(response: Rpc): string {
  const text = response.result?.content?.[0]?.text;
  assert(text !== undefined, JSON.stringify(response));
  return text;
}

export async function status(host: TestHost, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const reply = await http(host, { method: "GET", path: "/status", headers });
  return JSON.parse(reply.text) as Record<string, unknown>;
}

/** Waits until a condition holds, asking again and again; fails after a while. */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<Exclude<T, false | null | undefined | "">> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const value = await probe();
    if (value) return value as Exclude<T, false | null | undefined | "">;
    assert(performance.now() < deadline, `did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
