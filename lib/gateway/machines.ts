import type { IncomingMessage } from "node:http";
import type { Endpoint } from "../runtime/runtime.ts";
import { failureOf, failures, GatewayError, isGatewayError } from "./answer.ts";
import type { Connection, ConnectionSource } from "./connection.ts";
import { Upstream, UpstreamError, type UpstreamRequest } from "./upstream.ts";

export interface MachinesOptions {
  source: Pick<ConnectionSource, "locate" | "wake">;
  /** The deployment as it is known now; asked after a machine was woken, which may have been made anew. */
  find: (deploymentId: string) => Promise<Connection | null>;
  /** How long a call waits for a machine that is being woken. */
  wakeTimeoutMs?: number;
  connectTimeoutMs?: number;
}

export interface MachineRequest extends Omit<UpstreamRequest, "connectTimeoutMs"> {
  /** Names in lower case, without the machine's authorization. */
  headers: Record<string, string>;
  /** The method of the JSON-RPC request in the body; null for anything else. */
  mcpMethod: string | null;
}

/** Requests that change nothing, and may therefore be sent again when a machine was lost before it answered. */
const repeatable = new Set([
  "initialize",
  "ping",
  "server/discover",
  "tools/list",
  "prompts/list",
  "prompts/get",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "completion/complete",
]);

/** Sends requests to deployments' machines, and wakes those that do not run. */
export class Machines {
  readonly #source: Pick<ConnectionSource, "locate" | "wake">;
  readonly #find: (deploymentId: string) => Promise<Connection | null>;
  readonly #wakeTimeoutMs: number;
  readonly #connectTimeoutMs: number;
  readonly #upstream = new Upstream();
  readonly #waking = new Map<string, Promise<Endpoint>>();

  constructor({ source, find, wakeTimeoutMs = 60_000, connectTimeoutMs = 10_000 }: MachinesOptions) {
    this.#source = source;
    this.#find = find;
    this.#wakeTimeoutMs = wakeTimeoutMs;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /** The head of the machine's answer. Throws GatewayError when there is no machine, or it is lost on the way. */
  async send(connection: Connection, request: MachineRequest): Promise<IncomingMessage> {
    if (connection.desired === "stopped") throw new GatewayError(failures.stopped);
    const deadline = performance.now() + this.#wakeTimeoutMs;
    const endpoint = connection.machine === null ? null : await this.#source.locate(connection);
    if (endpoint !== null) {
      try {
        return await this.#try(endpoint, connection, request);
      } catch (error) {
        if (!(error instanceof UpstreamError) || request.signal.aborted) throw lost(error);
        this.#upstream.forget(endpoint.url);
        if (!maySendAgain(error, request)) throw lost(error);
      }
    }
    const woken = await this.#wake(connection, request.signal, deadline);
    const now = await this.#find(connection.deploymentId);
    if (now === null) throw new GatewayError(failures.unknown);
    return await this.#try(woken, now, request).catch((error: unknown) => {
      this.#upstream.forget(woken.url);
      throw lost(error);
    });
  }

  close(): void {
    this.#upstream.close();
  }

  async #try(endpoint: Endpoint, { hostToken }: Connection, request: MachineRequest): Promise<IncomingMessage> {
    // Every machine has a token; where it is not known, no key opens it.
    if (hostToken === null) throw new GatewayError(failures.credentials);
    const headers = { ...request.headers, authorization: `Bearer ${hostToken}` };
    return await this.#upstream.send(endpoint.url, { ...request, headers, connectTimeoutMs: this.#connectTimeoutMs });
  }

  /** Wakes a machine, once for all calls that wait for it. Those that are tired of waiting leave; the waking goes on. */
  async #wake({ deploymentId }: Connection, signal: AbortSignal, deadline: number): Promise<Endpoint> {
    let waking = this.#waking.get(deploymentId);
    if (waking === undefined) {
      waking = this.#source.wake(deploymentId);
      this.#waking.set(deploymentId, waking);
      waking.catch(() => {}).finally(() => this.#waking.delete(deploymentId));
    }
    return await orGivenUp(waking, signal, deadline - performance.now()).catch((error: unknown) => {
      throw isGatewayError(error) ? error : new GatewayError(failureOf(error), { cause: error });
    });
  }
}

function maySendAgain(error: UpstreamError, request: MachineRequest): boolean {
  if (error.undelivered) return true;
  if (request.body.rest !== null) return false;
  return request.method !== "POST" || (request.mcpMethod !== null && repeatable.has(request.mcpMethod));
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
