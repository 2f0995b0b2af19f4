import type { IncomingMessage } from "node:http";
import { LISTS } from "mcp-host/protocol";
import type { Endpoint } from "../../runtime/runtime.ts";
import { type AttemptLimits, Attempts } from "../circuit-breaker.ts";
import type { Connection, ConnectionSource } from "../deployment.ts";
import { failureOf, failures, GatewayError } from "../errors.ts";
import type { Wakefulness } from "../sleep-proxy/machine-activity.ts";
import { Upstream, UpstreamError, type UpstreamRequest } from "./machine-http.ts";

export interface MachinesOptions {
  source: Pick<ConnectionSource, "locate" | "wake">;
  wakefulness: Wakefulness;
  /** The deployment as it is known now; asked after a machine was woken, which may have been made anew. */
  find: (deploymentId: string) => Promise<Connection | null>;
  /** How long a call waits for a machine that is being started. */
  wakeTimeoutMs?: number;
  /** The same where machines sleep: their clients are kept informed meanwhile. */
  sleeperTimeoutMs?: number;
  /** How long a machine that sleeps may take to answer by itself before it is started. */
  rouseTimeoutMs?: number;
  connectTimeoutMs?: number;
  attempts?: AttemptLimits;
}

export interface MachineRequest extends Omit<UpstreamRequest, "connectTimeoutMs" | "path" | "repeatable"> {
  /** Names in lower case, without the machine's authorization. */
  headers: Record<string, string>;
  /** The method of the JSON-RPC request in the body; null for anything else. */
  mcpMethod: string | null;
  /** Whether it may go to the deployment as that is now, after it has waited for the machine. */
  isAllowed?: (now: Connection) => boolean;
  /** It opens a stream on which the client only listens: once that is open, it is no use of the machine. */
  listens?: boolean;
}

/** Requests that change nothing, and may therefore be sent again when a machine was lost before it answered. */
const repeatable = new Set<string>([
  "initialize",
  "ping",
  "server/discover",
  ...LISTS.map(({ method }) => method),
  "prompts/get",
  "resources/read",
  "completion/complete",
  "subscriptions/listen",
]);

/** Sends requests to deployments' machines, and wakes those that do not run. */
export class Machines {
  /** When those that fail may be tried again. */
  readonly attempts: Attempts;
  readonly #options: Required<Omit<MachinesOptions, "attempts">>;
  readonly #upstream = new Upstream();
  readonly #waking = new Map<string, Promise<Endpoint>>();

  constructor(options: MachinesOptions) {
    this.#options = {
      wakeTimeoutMs: 60_000,
      sleeperTimeoutMs: 150_000,
      rouseTimeoutMs: 10_000,
      connectTimeoutMs: 10_000,
      ...options,
    };
    this.attempts = new Attempts(options.attempts);
  }

  /** The head of the machine's answer. Throws GatewayError when there is no machine, or it is lost on the way. */
  async send(connection: Connection, request: MachineRequest): Promise<IncomingMessage> {
    if (connection.desired === "stopped") throw new GatewayError(failures.stopped);
    const { wakefulness, wakeTimeoutMs, sleeperTimeoutMs } = this.#options;
    const sleeps = wakefulness.sleeps(connection);
    // There every request starts a machine that does not run.
    if (sleeps) this.#mayTry(connection);
    const deadline = performance.now() + (sleeps ? sleeperTimeoutMs : wakeTimeoutMs);
    // Where something stands in front of a machine, what that says of one just started may be true no more a moment later.
    const attempts = sleeps ? 3 : 2;
    let now = connection;
    let endpoint = connection.machine === null ? null : await this.#options.source.locate(connection);
    for (let attempt = endpoint === null ? 2 : 1; ; attempt++) {
      if (endpoint === null) {
        endpoint = await this.#wake(connection, request.signal, deadline);
        const found = await this.#options.find(connection.deploymentId);
        if (found === null) throw new GatewayError(failures.unknown);
        if (found.desired === "stopped") throw new GatewayError(failures.stopped);
        if (request.isAllowed?.(found) === false) throw new GatewayError(failures.keyWrong);
        now = found;
      }
      try {
        if (wakefulness.dozes(now) && !mayRepeat(request)) await this.#rouse(endpoint, now, request.signal);
        const incoming = await this.#reach(endpoint, now, request);
        if (sleeps) this.#watch(incoming, now, request.listens ?? false);
        return incoming;
      } catch (error) {
        if (error instanceof UpstreamError) this.#upstream.forget(endpoint.url);
        const again = error instanceof UpstreamError && !request.signal.aborted && attempt < attempts;
        if (!again || !maySendAgain(error, request)) throw lost(error);
        endpoint = null;
      }
    }
  }

  /**
   * Opens a stream of a machine that is awake; nothing is done to wake it, and the stream is no use of it.
   *
   * @throws UpstreamError, GatewayError
   */
  async attach(connection: Connection, request: MachineRequest): Promise<IncomingMessage> {
    const endpoint = connection.machine === null ? null : await this.#options.source.locate(connection);
    if (endpoint === null) throw new GatewayError(failures.unavailable);
    const incoming = await this.#reach(endpoint, connection, request);
    incoming.once("close", this.#options.wakefulness.streams(connection.deploymentId));
    return incoming;
  }

  close(): void {
    this.#upstream.close();
  }

  #watch(incoming: IncomingMessage, connection: Connection, listens: boolean): void {
    const { wakefulness } = this.#options;
    const over = wakefulness.answered(connection);
    if (!listens) return void incoming.once("close", over);
    incoming.once("close", wakefulness.streams(connection.deploymentId));
    over();
  }

  /**
   * Makes sure that a machine which may sleep is awake before it gets a call that must not be made twice: what stands in front
   * of it answers for it when it does not come up, and does not say whether the call had gone through.
   */
  async #rouse(endpoint: Endpoint, connection: Connection, signal: AbortSignal): Promise<void> {
    if (this.#options.wakefulness.isSurelyAwake(connection.deploymentId)) return;
    const timeout = AbortSignal.timeout(this.#options.rouseTimeoutMs);
    try {
      const incoming = await this.#upstream.send(endpoint.url, {
        method: "GET",
        path: "/healthz",
        headers: {},
        body: { head: Buffer.alloc(0), rest: null },
        signal: AbortSignal.any([signal, timeout]),
        repeatable: true,
        connectTimeoutMs: this.#options.connectTimeoutMs,
      });
      incoming.resume();
      if (isJson(incoming)) return await this.#options.wakefulness.roused(connection);
    } catch (error) {
      throw new UpstreamError("the machine does not wake by itself", true, error);
    }
    throw new UpstreamError("the machine does not wake by itself", true, null);
  }

  /** Sends a request, and takes what somebody else answers in the machine's place for what it is. */
  async #reach(endpoint: Endpoint, connection: Connection, request: MachineRequest): Promise<IncomingMessage> {
    const { hostToken } = connection;
    // Every machine has a token; where it is not known, no key opens it.
    if (hostToken === null) throw new GatewayError(failures.credentials);
    const incoming = await this.#upstream.send(endpoint.url, {
      ...request,
      path: "/mcp",
      repeatable: mayRepeat(request),
      headers: { ...request.headers, authorization: `Bearer ${hostToken}` },
      connectTimeoutMs: this.#options.connectTimeoutMs,
    });
    const status = incoming.statusCode ?? 502;
    if (!this.#options.wakefulness.sleeps(connection) || status < 502 || status > 504 || isJson(incoming)) {
      if (mayBeHost(incoming)) return incoming;
      incoming.destroy();
      throw new GatewayError(failures.nonsense);
    }
    incoming.destroy();
    // Of the three only 503 says that there was no machine to give the request to.
    const undelivered = status === 503 && request.body.rest === null;
    throw new UpstreamError(`${status} of what stands in front of the machine`, undelivered, null);
  }

  /** Wakes a machine, once for all calls that wait for it. Those that are tired of waiting leave; the waking goes on. */
  async #wake(connection: Connection, signal: AbortSignal, deadline: number): Promise<Endpoint> {
    const { deploymentId } = connection;
    let waking = this.#waking.get(deploymentId);
    if (waking === undefined) {
      this.#mayTry(connection);
      waking = this.#options.source.wake(deploymentId).catch((error: unknown) => {
        throw new GatewayError(this.attempts.notStarted(connection, failureOf(error)), { cause: error });
      });
      this.#waking.set(deploymentId, waking);
      waking.catch(() => {}).finally(() => this.#waking.delete(deploymentId));
    }
    return await orGivenUp(waking, signal, deadline - performance.now());
  }

  /** Throws GatewayError while it is too early for another attempt at a deployment that fails. */
  #mayTry(connection: Connection): void {
    const refusal = this.attempts.refusal(connection);
    if (refusal !== null) throw new GatewayError(refusal);
  }
}

/** Whether mcp-host could have answered this: it redirects nobody, and compresses nothing that nobody has asked it to. */
function mayBeHost({ statusCode = 0, headers }: IncomingMessage): boolean {
  const isAnswer = (statusCode >= 200 && statusCode < 300) || (statusCode >= 400 && statusCode < 600);
  return isAnswer && (headers["content-encoding"] ?? "identity") === "identity";
}

/** mcp-host answers whatever fails in JSON; what stands in front of it does not. */
function isJson(incoming: IncomingMessage): boolean {
  return (incoming.headers["content-type"] ?? "").startsWith("application/json");
}

/** Whether it does no harm when the machine gets the request twice. */
function mayRepeat(request: MachineRequest): boolean {
  if (request.body.rest !== null) return false;
  return request.method !== "POST" || (request.mcpMethod !== null && repeatable.has(request.mcpMethod));
}

function maySendAgain(error: UpstreamError, request: MachineRequest): boolean {
  return error.undelivered || mayRepeat(request);
}

function lost(error: unknown): unknown {
  if (!(error instanceof UpstreamError)) return error;
  return new GatewayError(error.undelivered ? failures.unavailable : failures.lost, { cause: error });
}

/** The same promise, ended early when the client leaves or the time is up. */
async function orGivenUp<T>(promise: Promise<T>, signal: AbortSignal, timeoutMs: number): Promise<T> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new GatewayError(failures.starting)), Math.max(0, timeoutMs));
  const onAbort = () => reject(new GatewayError(failures.lost));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return await Promise.race([promise, givenUp]).finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
}
