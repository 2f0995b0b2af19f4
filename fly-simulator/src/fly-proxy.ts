import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { App } from "./app.ts";
import { generateUlid } from "./ids.ts";
import type { Machine } from "./machine.ts";
import { PROXY_RULES, TIMES } from "./rules.ts";
import { ApiError, type Service } from "./types.ts";
import type { World } from "./world.ts";

/** The port on which every image of the simulator listens. */
const IMAGE_PORT = 8080;
const POLL_INTERVAL_MS = 200;
/** Headers of one connection, which a proxy must not forward (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
]);

/** A recorded request of a public address. */
export interface PublicRequest {
  app: string;
  method: string;
  path: string;
  /** The response's status; null while there is none, and after a cut. */
  status: number | null;
  requestId: string;
  /** The request started or resumed a machine. */
  woke: boolean;
}

const MAX_REMEMBERED = 10_000;

/** Fly's proxy: picks a machine for a request, starts one where all sleep, and relays the request and its response. */
export class FlyProxy {
  readonly requests: PublicRequest[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Answers one request for /APP/…. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, name = "", path = "/"] = /^\/([^/?]*)(.*)/s.exec(request.url ?? "") ?? [];
    const target = path.startsWith("/") ? path : `/${path}`;
    const record: PublicRequest = {
      app: name,
      method: request.method ?? "GET",
      path: target,
      status: null,
      requestId: `${generateUlid()}-sim`,
      woke: false,
    };
    this.requests.push(record);
    if (this.requests.length > MAX_REMEMBERED) this.requests.shift();
    const app = this.#world.apps.get(name);
    // The name is not in the DNS.
    if (!app?.isPublic) return void response.destroy();
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    response.once("finish", () => gone.abort());
    try {
      const found = await this.#find(app, record, gone.signal);
      if (gone.signal.aborted) return;
      if (typeof found === "number") return this.#refuse(response, record, found);
      found.machine.load++;
      try {
        await this.#forward(request, response, { ...found, app, target, record, signal: gone.signal });
      } finally {
        found.machine.load--;
      }
    } catch (error) {
      if (gone.signal.aborted) return;
      if (!isConnectionError(error)) console.error("fly-simulator: public address:", error);
      this.#refuse(response, record, PROXY_RULES.refusedStatus.value);
    }
  }

  /** Waits for a started machine whose port listens. Returns it, or the status to refuse with. */
  async #find(
    app: App,
    record: PublicRequest,
    signal: AbortSignal,
  ): Promise<{ machine: Machine; service: Service; port: number } | number> {
    const startedAt = performance.now();
    let connectSince: number | null = null;
    for (;;) {
      const candidates = app.liveMachines.flatMap((machine) => {
        const service = machine.cordoned ? undefined : machine.config.services?.[0];
        return service ? [{ machine, service }] : [];
      });
      const waitedMs = performance.now() - startedAt;
      const started = candidates
        .filter(({ machine }) => machine.state === "started")
        .sort((a, b) => a.machine.load - b.machine.load);
      const best = started[0];
      if (best) {
        const hardLimit = best.service.concurrency?.hard_limit;
        const port = best.machine.listeningPort;
        if (hardLimit && best.machine.load >= hardLimit) {
          if (waitedMs > TIMES.proxyNoCandidateMs.value) return PROXY_RULES.overHardLimitStatus.value;
        } else if (best.service.internal_port !== IMAGE_PORT) {
          return PROXY_RULES.refusedStatus.value;
        } else if (port !== null) {
          return { ...best, port };
        }
        connectSince ??= performance.now();
        if (performance.now() - connectSince > TIMES.proxyConnectMs.value) return PROXY_RULES.refusedStatus.value;
      } else if (!this.#wake(candidates, record)) {
        const onTheirWay = candidates.some(({ machine }) => TRANSIENT_STATES.includes(machine.state));
        const patienceMs = onTheirWay ? TIMES.proxyHoldMs.value : TIMES.proxyNoCandidateMs.value;
        if (waitedMs > patienceMs) return PROXY_RULES.noCandidateStatus.value;
      }
      const pause = AbortSignal.any([signal, AbortSignal.timeout(POLL_INTERVAL_MS)]);
      const changes = candidates.map(({ machine }) => machine.waitForChange(pause));
      await Promise.race([...changes, delay(POLL_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => {})]);
      if (signal.aborted) return PROXY_RULES.noCandidateStatus.value;
    }
  }

  /** Starts a sleeping machine that has autostart. Returns whether it did. */
  #wake(candidates: { machine: Machine; service: Service }[], record: PublicRequest): boolean {
    if (candidates.some(({ machine }) => ["starting", "restarting", "suspending"].includes(machine.state)))
      return false;
    const sleeping = candidates
      .filter(({ machine, service }) => service.autostart !== false && ["suspended", "stopped"].includes(machine.state))
      .sort((a) => (a.machine.state === "suspended" ? -1 : 1))[0];
    if (!sleeping) return false;
    try {
      sleeping.machine.start("proxy");
      record.woke = true;
      return true;
    } catch (error) {
      // Without capacity the app's log has the reason, and the client gets the proxy's own answer.
      if (error instanceof ApiError) return false;
      throw error;
    }
  }

  #forward(
    request: IncomingMessage,
    response: ServerResponse,
    way: {
      machine: Machine;
      service: Service;
      port: number;
      app: App;
      target: string;
      record: PublicRequest;
      signal: AbortSignal;
    },
  ): Promise<void> {
    const { record } = way;
    const idleMs = readIdleTimeoutMs(way.service);
    return new Promise((resolve, reject) => {
      const upstream = httpRequest({
        host: "127.0.0.1",
        port: way.port,
        method: request.method ?? "GET",
        path: way.target,
        headers: buildRequestHeaders(request, way.app, way.machine, record),
        setHost: false,
        agent: false,
      });
      let timer = setTimeout(cutIdle, idleMs);
      function cutIdle(): void {
        response.destroy();
      }
      function touch(): void {
        clearTimeout(timer);
        timer = setTimeout(cutIdle, idleMs);
      }
      function end(): void {
        clearTimeout(timer);
        upstream.destroy();
        resolve();
      }
      way.signal.addEventListener("abort", end, { once: true });
      request.on("data", touch);
      request.pipe(upstream);
      request.on("error", () => upstream.destroy());
      upstream.on("error", (error) => {
        clearTimeout(timer);
        if (response.headersSent) response.destroy();
        if (response.headersSent || way.signal.aborted) resolve();
        else reject(error);
      });
      upstream.on("response", (answer) => {
        record.status = answer.statusCode ?? null;
        response.writeHead(answer.statusCode ?? PROXY_RULES.refusedStatus.value, buildResponseHeaders(answer, record));
        response.flushHeaders();
        answer.on("data", touch);
        answer.on("error", () => response.destroy());
        answer.on("aborted", () => response.destroy());
        answer.pipe(response);
      });
    });
  }

  /** Answers as Fly's proxy does: a bare status, with the reason in the app's log alone. */
  #refuse(response: ServerResponse, record: PublicRequest, status: number): void {
    if (response.headersSent || response.destroyed) return void response.destroy();
    record.status = status;
    response.writeHead(status, { server: "Fly/simulator", via: "1.1 fly.io", "fly-request-id": record.requestId });
    response.end();
  }
}

const TRANSIENT_STATES = ["created", "starting", "stopping", "suspending", "restarting", "replacing"];

function readIdleTimeoutMs(service: Service): number {
  const configured = service.ports
    ?.map((port) => port.http_options?.idle_timeout)
    .find((seconds) => seconds !== undefined);
  return configured ? configured * 1_000 : TIMES.proxyIdleMs.value;
}

function buildRequestHeaders(request: IncomingMessage, app: App, machine: Machine, record: PublicRequest): string[] {
  const headers = ["host", `${app.name}.fly.dev`];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? "";
    if (!HOP_BY_HOP.has(name.toLowerCase())) headers.push(name, request.rawHeaders[at + 1] ?? "");
  }
  const client = request.socket.remoteAddress ?? "127.0.0.1";
  headers.push("fly-client-ip", client, "x-forwarded-for", client);
  headers.push("fly-forwarded-proto", "https", "x-forwarded-proto", "https");
  headers.push("fly-forwarded-port", "443", "x-forwarded-port", "443");
  headers.push("fly-region", machine.region, "fly-request-id", record.requestId, "via", "1.1 fly.io");
  // A body of unknown length needs chunked framing.
  if (request.headers["transfer-encoding"]) headers.push("transfer-encoding", "chunked");
  return headers;
}

function buildResponseHeaders(answer: IncomingMessage, record: PublicRequest): string[] {
  const headers: string[] = [];
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    const name = answer.rawHeaders[at] ?? "";
    if (!HOP_BY_HOP.has(name.toLowerCase())) headers.push(name, answer.rawHeaders[at + 1] ?? "");
  }
  headers.push("server", "Fly/simulator", "via", "1.1 fly.io", "fly-request-id", record.requestId);
  return headers;
}

function isConnectionError(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}
