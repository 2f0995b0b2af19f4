import { type Destination, MachineConnection } from "./machine-connection.ts";
import type { MachineResponse } from "./machine-response.ts";
import type { MachineHttpRequest } from "./types.ts";
import { UpstreamError } from "./upstream-error.ts";

interface Target {
  destination: Destination;
  /** Host header line. */
  host: string;
  /** Base URL's path, to which mcp-host's routes are appended. */
  base: string;
  /** Connections that wait for a request, the last used at the end. */
  idle: MachineConnection[];
  all: Set<MachineConnection>;
  isForgotten: boolean;
}

const MAX_TARGETS = 1_000;
/** Idle connections are closed after this time, before the other end closes them under a call. */
const IDLE_CONNECTION_MS = 20_000;
const SWEEP_MS = 5_000;
const FIELD_NAME_PATTERN = /^[\w!#$%&'*+.^`|~-]+$/;
const FORBIDDEN_PATTERN = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * HTTP client for machines. It is the gateway's own because what it leaves out is most of what a call costs in a general client: a
 * request and a response stream, several listeners and timers for each call. It never ends a response that is silent. Keeps
 * connections per machine, and closes them when the machine is forgotten.
 */
export class MachineHttp {
  readonly #targets = new Map<string, Target>();
  #sweeper: NodeJS.Timeout | null = null;

  /** Sends a request to the mcp-host at this URL; resolves with the head of its answer. Rejects with UpstreamError. */
  async send(url: string, request: MachineHttpRequest): Promise<MachineResponse> {
    try {
      return await this.#sendOnce(url, request);
    } catch (error) {
      if (!request.isRepeatable || !(error instanceof UpstreamError && error.isStale)) throw error;
      this.forget(url);
      return await this.#sendOnce(url, request);
    }
  }

  #sendOnce(url: string, request: MachineHttpRequest): Promise<MachineResponse> {
    const { signal } = request;
    if (signal.aborted) return Promise.reject(new UpstreamError("the client has gone", true, signal.reason));
    const target = this.#target(url);
    const connection = takeIdle(target) ?? this.#connect(target);
    return connection.send(formatHead(target, request), request);
  }

  /** Forgets a machine's connections; those in use end with their calls. */
  forget(url: string): void {
    const target = this.#targets.get(url);
    if (target === undefined) return;
    this.#targets.delete(url);
    target.isForgotten = true;
    for (const connection of target.idle.splice(0)) connection.close();
  }

  close(): void {
    for (const target of this.#targets.values()) {
      target.isForgotten = true;
      for (const connection of target.all) connection.close();
    }
    this.#targets.clear();
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    this.#sweeper = null;
  }

  #connect(target: Target): MachineConnection {
    const connection = new MachineConnection(target.destination, {
      onIdle: (idle) => {
        if (target.isForgotten) return idle.close();
        idle.idleSince = performance.now();
        target.idle.push(idle);
        this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
      },
      onClosed: (closed) => {
        target.all.delete(closed);
        const at = target.idle.indexOf(closed);
        if (at !== -1) target.idle.splice(at, 1);
      },
    });
    target.all.add(connection);
    return connection;
  }

  #sweep(): void {
    const oldest = performance.now() - IDLE_CONNECTION_MS;
    let isAnyIdle = false;
    for (const { idle } of this.#targets.values()) {
      while (idle[0] !== undefined && idle[0].idleSince <= oldest) idle.shift()?.close();
      isAnyIdle ||= idle.length > 0;
    }
    if (isAnyIdle || this.#sweeper === null) return;
    clearInterval(this.#sweeper);
    this.#sweeper = null;
  }

  #target(url: string): Target {
    const known = this.#targets.get(url);
    if (known !== undefined) return known;
    const { protocol, hostname, port, host, pathname } = new URL(url);
    const isSecure = protocol === "https:";
    const target = {
      destination: {
        isSecure,
        hostname: hostname.replace(/^\[|\]$/g, ""),
        port: port === "" ? (isSecure ? 443 : 80) : Number(port),
      },
      host,
      base: pathname.replace(/(?<!\/)\/+$/, ""),
      idle: [],
      all: new Set<MachineConnection>(),
      isForgotten: false,
    };
    this.#targets.set(url, target);
    for (const oldest of this.#targets.keys()) {
      if (this.#targets.size <= MAX_TARGETS) break;
      this.forget(oldest);
    }
    return target;
  }
}

function takeIdle({ idle }: Target): MachineConnection | undefined {
  const oldest = performance.now() - IDLE_CONNECTION_MS;
  for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
    if (connection.idleSince > oldest) return connection;
    connection.close();
  }
  return undefined;
}

/**
 * Formats the request line and the header lines (RFC 9112, sections 3 and 5).
 *
 * @throws TypeError for a header that would not stay one line
 */
function formatHead({ host, base }: Target, { method, path, headers }: MachineHttpRequest): string {
  let head = `${method} ${base}${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? "";
    if (!FIELD_NAME_PATTERN.test(name) || FORBIDDEN_PATTERN.test(value))
      throw new TypeError(`the header ${name} has a character that it must not have`);
    head += `${name}: ${value}\r\n`;
  }
  return head;
}
