import { LISTS } from "mcp-host/protocol";
import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import type { Endpoint } from "../../runtime/runtime.ts";
import { CircuitBreaker, type CircuitBreakerLimits } from "../circuit-breaker.ts";
import type { DeploymentSource } from "../deployment-source.ts";
import { FAILURES, GatewayError, toFailure } from "../errors.ts";
import type { MachineActivity } from "../sleep-proxy/machine-activity.ts";
import { MachineHttp } from "./machine-http.ts";
import type { MachineResponse } from "./machine-response.ts";
import type { MachineHttpRequest } from "./types.ts";
import { UpstreamError } from "./upstream-error.ts";

export interface MachineClientOptions {
  source: Pick<DeploymentSource, "locate" | "wake">;
  machineActivity: MachineActivity;
  /** Returns the deployment in its present state. Used after a machine was woken, which may have recreated it. */
  find: (deploymentId: string) => Promise<DeploymentSnapshot | null>;
  /** Time in milliseconds that a call waits for a machine to start. */
  wakeTimeoutMs?: number;
  /** The same where machines sleep: their clients get keep-alive comments meanwhile. */
  resumeTimeoutMs?: number;
  /** Time in milliseconds in which a suspended machine must answer on its own before it is started. */
  selfWakeTimeoutMs?: number;
  connectTimeoutMs?: number;
  circuitBreaker?: CircuitBreakerLimits;
}

export interface MachineRequest extends Omit<MachineHttpRequest, "connectTimeoutMs" | "path" | "isRepeatable"> {
  /** Names in lower case, without the machine's authorization. */
  headers: Record<string, string>;
  /** The method of the JSON-RPC request in the body; null for anything else. */
  mcpMethod: string | null;
  /** Returns whether the request may still go to the deployment after it has waited for the machine. */
  isAllowed?: (now: DeploymentSnapshot) => boolean;
  /** It opens a stream on which the client only listens: once that is open, it is no use of the machine. */
  isListener?: boolean;
}

/** Requests that change nothing, and may therefore be sent again when a machine was lost before it answered. */
const IDEMPOTENT_METHODS = new Set<string>([
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
export class MachineClient {
  /** When those that fail may be tried again. */
  readonly circuitBreaker: CircuitBreaker;
  readonly #options: Required<Omit<MachineClientOptions, "circuitBreaker">>;
  readonly #http = new MachineHttp();
  readonly #waking = new Map<string, Promise<Endpoint>>();

  constructor(options: MachineClientOptions) {
    this.#options = {
      wakeTimeoutMs: 60_000,
      resumeTimeoutMs: 150_000,
      selfWakeTimeoutMs: 10_000,
      connectTimeoutMs: 10_000,
      ...options,
    };
    this.circuitBreaker = new CircuitBreaker(options.circuitBreaker);
  }

  /** The head of the machine's answer. Throws GatewayError when there is no machine, or it is lost on the way. */
  async send(deployment: DeploymentSnapshot, request: MachineRequest): Promise<MachineResponse> {
    if (deployment.desired === "stopped") throw new GatewayError(FAILURES.stopped);
    const { machineActivity, wakeTimeoutMs, resumeTimeoutMs } = this.#options;
    const hasPlatformProxy = machineActivity.hasPlatformProxy(deployment);
    // There every request starts a machine that does not run.
    if (hasPlatformProxy) this.#assertClosed(deployment);
    const deadline = performance.now() + (hasPlatformProxy ? resumeTimeoutMs : wakeTimeoutMs);
    // A platform's proxy may answer for a machine that has just started, although a moment later the machine answers
    // itself.
    const attempts = hasPlatformProxy ? 3 : 2;
    let now = deployment;
    let endpoint = deployment.machine === null ? null : await this.#options.source.locate(deployment);
    for (let attempt = endpoint === null ? 2 : 1; ; attempt++) {
      if (endpoint === null) {
        endpoint = await this.#wake(deployment, request.signal, deadline);
        const found = await this.#options.find(deployment.deploymentId);
        if (found === null) throw new GatewayError(FAILURES.unknown);
        if (found.desired === "stopped") throw new GatewayError(FAILURES.stopped);
        if (request.isAllowed?.(found) === false) throw new GatewayError(FAILURES.keyWrong);
        now = found;
      }
      try {
        if (machineActivity.maySuspend(now) && !isRepeatable(request))
          await this.#ensureAwake(endpoint, now, request.signal);
        const incoming = await this.#exchange(endpoint, now, request);
        if (hasPlatformProxy) this.#trackActivity(incoming, now, request.isListener ?? false);
        return incoming;
      } catch (error) {
        if (error instanceof UpstreamError) this.#http.forget(endpoint.url);
        const again = error instanceof UpstreamError && !request.signal.aborted && attempt < attempts;
        if (!again || !isRetryable(error, request)) throw toGatewayError(error);
        endpoint = null;
      }
    }
  }

  /**
   * Opens a stream of a machine that is awake; nothing is done to wake it, and the stream is no use of it.
   *
   * @throws UpstreamError, GatewayError
   */
  async sendWithoutWaking(deployment: DeploymentSnapshot, request: MachineRequest): Promise<MachineResponse> {
    const endpoint = deployment.machine === null ? null : await this.#options.source.locate(deployment);
    if (endpoint === null) throw new GatewayError(FAILURES.unavailable);
    const incoming = await this.#exchange(endpoint, deployment, request);
    incoming.once("close", this.#options.machineActivity.beginStream(deployment.deploymentId));
    return incoming;
  }

  close(): void {
    this.#http.close();
  }

  #trackActivity(incoming: MachineResponse, deployment: DeploymentSnapshot, listens: boolean): void {
    const { machineActivity } = this.#options;
    const over = machineActivity.beginCall(deployment);
    if (!listens) return void incoming.once("close", over);
    incoming.once("close", machineActivity.beginStream(deployment.deploymentId));
    over();
  }

  /**
   * Ensures that a machine which may be suspended is awake before it gets a call that must not be repeated. The
   * platform's proxy answers for a machine that does not come up, and its answer does not say whether the call arrived.
   */
  async #ensureAwake(endpoint: Endpoint, deployment: DeploymentSnapshot, signal: AbortSignal): Promise<void> {
    if (this.#options.machineActivity.isSurelyAwake(deployment.deploymentId)) return;
    const timeout = AbortSignal.timeout(this.#options.selfWakeTimeoutMs);
    try {
      const incoming = await this.#http.send(endpoint.url, {
        method: "GET",
        path: "/healthz",
        headers: {},
        body: { head: Buffer.alloc(0), rest: null },
        signal: AbortSignal.any([signal, timeout]),
        isRepeatable: true,
        connectTimeoutMs: this.#options.connectTimeoutMs,
      });
      incoming.resume();
      if (isJson(incoming)) return await this.#options.machineActivity.prepareCall(deployment);
    } catch (error) {
      throw new UpstreamError("the machine does not wake by itself", true, error);
    }
    throw new UpstreamError("the machine does not wake by itself", true, null);
  }

  /** Sends a request. Recognizes answers that come from the platform's proxy instead of the machine. */
  async #exchange(
    endpoint: Endpoint,
    deployment: DeploymentSnapshot,
    request: MachineRequest,
  ): Promise<MachineResponse> {
    const { hostToken } = deployment;
    // Every machine has a token; where it is not known, no key opens it.
    if (hostToken === null) throw new GatewayError(FAILURES.credentials);
    const incoming = await this.#http.send(endpoint.url, {
      ...request,
      path: "/mcp",
      isRepeatable: isRepeatable(request),
      headers: { ...request.headers, authorization: `Bearer ${hostToken}` },
      connectTimeoutMs: this.#options.connectTimeoutMs,
    });
    const status = incoming.statusCode;
    if (
      !this.#options.machineActivity.hasPlatformProxy(deployment) ||
      status < 502 ||
      status > 504 ||
      isJson(incoming)
    ) {
      if (isFromHost(incoming)) return incoming;
      incoming.destroy();
      throw new GatewayError(FAILURES.nonsense);
    }
    incoming.destroy();
    // Of these statuses, only 503 means that there was no machine to deliver the request to.
    const isUndelivered = status === 503 && request.body.rest === null;
    throw new UpstreamError(`${status} of what stands in front of the machine`, isUndelivered, null);
  }

  /** Wakes a machine once for all waiting calls. A call that gives up leaves; the wake continues. */
  async #wake(deployment: DeploymentSnapshot, signal: AbortSignal, deadline: number): Promise<Endpoint> {
    const { deploymentId } = deployment;
    let waking = this.#waking.get(deploymentId);
    if (waking === undefined) {
      this.#assertClosed(deployment);
      waking = this.#options.source.wake(deploymentId).catch((error: unknown) => {
        throw new GatewayError(this.circuitBreaker.recordStartFailure(deployment, toFailure(error)), { cause: error });
      });
      this.#waking.set(deploymentId, waking);
      waking.catch(() => {}).finally(() => this.#waking.delete(deploymentId));
    }
    return await waitUntil(waking, signal, deadline - performance.now());
  }

  /** Throws GatewayError while it is too early for another attempt at a deployment that fails. */
  #assertClosed(deployment: DeploymentSnapshot): void {
    const refusal = this.circuitBreaker.findRefusal(deployment);
    if (refusal !== null) throw new GatewayError(refusal);
  }
}

/** Returns whether the response can be mcp-host's own: it never redirects, and never compresses unasked. */
function isFromHost({ statusCode, headers }: MachineResponse): boolean {
  const isAnswer = (statusCode >= 200 && statusCode < 300) || (statusCode >= 400 && statusCode < 600);
  return isAnswer && (headers["content-encoding"] ?? "identity") === "identity";
}

/** Returns whether the response is JSON. mcp-host's errors always are; the platform proxy's are not. */
function isJson(incoming: MachineResponse): boolean {
  return (incoming.headers["content-type"] ?? "").startsWith("application/json");
}

/** Returns whether the machine may get the request twice without harm. */
function isRepeatable(request: MachineRequest): boolean {
  if (request.body.rest !== null) return false;
  return request.method !== "POST" || (request.mcpMethod !== null && IDEMPOTENT_METHODS.has(request.mcpMethod));
}

function isRetryable(error: UpstreamError, request: MachineRequest): boolean {
  return error.isUndelivered || isRepeatable(request);
}

function toGatewayError(error: unknown): unknown {
  if (!(error instanceof UpstreamError)) return error;
  return new GatewayError(error.isUndelivered ? FAILURES.unavailable : FAILURES.lost, { cause: error });
}

/** The same promise, ended early when the client leaves or the time is up. */
async function waitUntil<T>(promise: Promise<T>, signal: AbortSignal, timeoutMs: number): Promise<T> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new GatewayError(FAILURES.starting)), Math.max(0, timeoutMs));
  const onAbort = () => reject(new GatewayError(FAILURES.lost));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return await Promise.race([promise, givenUp]).finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
}
