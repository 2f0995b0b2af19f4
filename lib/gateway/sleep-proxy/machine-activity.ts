import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import { orNullAfter } from "../../util/timeout.ts";
import type { DeploymentSource } from "../deployment-source.ts";

export interface MachineActivityOptions {
  source: Pick<DeploymentSource, "suspendsMachines" | "isAwake">;
  /** Time in milliseconds after an answer in which a machine counts as awake. */
  awakeAfterAnswerMs?: number;
  /**
   * Time in milliseconds after an answer in which the platform is not asked: later it may suspend an idle machine at
   * any moment.
   */
  sureAfterAnswerMs?: number;
  /** Longest time in milliseconds to wait for the platform; without an answer the machine counts as suspended. */
  probeBudgetMs?: number;
  /** Time in milliseconds for which a probe stays valid. */
  probeTtlMs?: number;
  /** For so long after its last call a machine counts as being used. */
  activeMs?: number;
  /** Longest time in milliseconds that a call waits for the wake listeners. */
  prepareBudgetMs?: number;
}

/** Known state of one machine. Times are monotonic milliseconds. */
interface MachineState {
  answeredAt: number;
  activeAt: number;
  /** Calls that it has begun to answer, and streams that it holds open. */
  open: number;
  calls: number;
  /** The platform's word. */
  probed: { awake: boolean; at: number } | null;
  probing: Promise<void> | null;
  probedAt: number;
  /** It was asleep, as far as is known, and no call has been answered since. */
  hasSlept: boolean;
}

/** Called when a machine has answered a call; `woken` when it may have been asleep before. */
type AnswerListener = (deployment: DeploymentSnapshot, woken: boolean) => void;

/** Called when a machine is awake again and a call is about to go to it, which waits for the promise. */
type WakeListener = (deployment: DeploymentSnapshot) => Promise<unknown>;

const MAX_MACHINES = 10_000;
const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Knows which machines are awake and which are active, as far as this process can tell. It is an optimization only: a
 * machine wrongly counted as suspended has its lists answered from the cache, and one wrongly counted as awake is
 * woken.
 */
export class MachineActivity {
  readonly #source: Pick<DeploymentSource, "suspendsMachines" | "isAwake">;
  readonly #awakeAfterAnswerMs: number;
  readonly #sureAfterAnswerMs: number;
  readonly #probeBudgetMs: number;
  readonly #probeTtlMs: number;
  readonly #activeMs: number;
  readonly #prepareBudgetMs: number;
  readonly #machines = new Map<string, MachineState>();
  readonly #answerListeners = new Set<AnswerListener>();
  readonly #wakeListeners = new Set<WakeListener>();

  constructor({
    source,
    awakeAfterAnswerMs = 15_000,
    sureAfterAnswerMs = Math.min(2_000, awakeAfterAnswerMs),
    probeBudgetMs = 150,
    probeTtlMs = 10_000,
    activeMs = 60_000,
    prepareBudgetMs = 2_000,
  }: MachineActivityOptions) {
    this.#source = source;
    this.#awakeAfterAnswerMs = awakeAfterAnswerMs;
    this.#sureAfterAnswerMs = sureAfterAnswerMs;
    this.#probeBudgetMs = probeBudgetMs;
    this.#probeTtlMs = probeTtlMs;
    this.#activeMs = activeMs;
    this.#prepareBudgetMs = prepareBudgetMs;
  }

  /** Returns whether a platform's proxy answers for the machine when it does not, and wakes it. */
  hasPlatformProxy(deployment: DeploymentSnapshot): boolean {
    return this.#source.suspendsMachines(deployment);
  }

  /** Returns whether the machine can be suspended. */
  maySuspend(deployment: DeploymentSnapshot): boolean {
    return !deployment.alwaysOn && this.#source.suspendsMachines(deployment);
  }

  /** Returns whether the machine is certainly awake, without a probe. */
  isSurelyAwake(deploymentId: string): boolean {
    return this.#hasAnswered(deploymentId, this.#awakeAfterAnswerMs);
  }

  #hasAnswered(deploymentId: string, withinMs: number): boolean {
    const state = this.#machines.get(deploymentId);
    return state !== undefined && (state.open > 0 || performance.now() - state.answeredAt < withinMs);
  }

  /**
   * Returns whether the machine is awake. Without a timely answer it counts as suspended, unless it answered a moment
   * ago, because a request for a list must not wake a machine that was suspended right after that.
   */
  async isAwake(deployment: DeploymentSnapshot): Promise<boolean> {
    if (this.#hasAnswered(deployment.deploymentId, this.#sureAfterAnswerMs)) return true;
    const state = this.#stateOf(deployment.deploymentId);
    const { probed } = state;
    if (probed !== null && performance.now() - probed.at < this.#probeTtlMs) return probed.awake;
    if (state.probing === null) {
      state.probedAt = performance.now();
      state.probing = this.#probe(deployment, state);
    }
    // Later callers share the first caller's deadline.
    const leftMs = state.probedAt + this.#probeBudgetMs - performance.now();
    if (leftMs > 0) await orNullAfter(state.probing, leftMs);
    if (state.probed !== null && state.probed !== probed) return state.probed.awake;
    return this.isSurelyAwake(deployment.deploymentId);
  }

  /**
   * Returns whether clients have called the machine recently, through this process or, by the time of its last call,
   * through another.
   */
  isActive({ deploymentId, lastCallAt }: DeploymentSnapshot): boolean {
    if (this.isActiveHere(deploymentId)) return true;
    return lastCallAt !== null && Math.abs(Date.now() - lastCallAt.getTime()) < this.#activeMs;
  }

  /** Returns whether a call through this process is in flight or was recently. */
  isActiveHere(deploymentId: string): boolean {
    const state = this.#machines.get(deploymentId);
    return state !== undefined && performance.now() - state.activeAt < this.#activeMs;
  }

  /** The machine has shown that it is awake, and a call is about to go to it. Resolves when that may go. */
  async prepareCall(deployment: DeploymentSnapshot): Promise<void> {
    const state = this.#stateOf(deployment.deploymentId);
    state.hasSlept ||= this.#mayHaveSlept(deployment, state);
    const now = performance.now();
    state.answeredAt = now;
    state.activeAt = Math.max(state.activeAt, now);
    state.probed = null;
    const preparations = [...this.#wakeListeners].map((listener) => listener(deployment));
    await orNullAfter(Promise.allSettled(preparations), this.#prepareBudgetMs);
  }

  /** The machine has begun to answer a call. Gives what is to be called, once, when the call is over. */
  beginCall(deployment: DeploymentSnapshot): () => void {
    const { deploymentId } = deployment;
    const state = this.#stateOf(deploymentId);
    const woken = state.hasSlept || this.#mayHaveSlept(deployment, state);
    state.hasSlept = false;
    const over = this.beginStream(deploymentId);
    // A call that lasts is a use for as long as it lasts.
    state.activeAt = Number.POSITIVE_INFINITY;
    state.calls++;
    for (const listener of this.#answerListeners) listener(deployment, woken);
    return () => {
      over();
      state.calls--;
      if (state.calls === 0) state.activeAt = performance.now();
    };
  }

  /** The machine holds a stream open, which is no use of it. Gives what is to be called, once, when the stream is over. */
  beginStream(deploymentId: string): () => void {
    const state = this.#stateOf(deploymentId);
    const touch = () => {
      state.answeredAt = performance.now();
      state.probed = null;
    };
    touch();
    state.open++;
    return () => {
      state.open--;
      touch();
    };
  }

  /** Subscribes to machines beginning to answer a call. Returns the unsubscribe function. */
  onAnswer(listener: AnswerListener): () => void {
    this.#answerListeners.add(listener);
    return () => void this.#answerListeners.delete(listener);
  }

  /** Subscribes to calls that are about to reach a machine which may have slept. Returns the unsubscribe function. */
  onWake(listener: WakeListener): () => void {
    this.#wakeListeners.add(listener);
    return () => void this.#wakeListeners.delete(listener);
  }

  #mayHaveSlept(deployment: DeploymentSnapshot, { probed }: MachineState): boolean {
    return probed?.awake === false || !(this.isActive(deployment) || this.isSurelyAwake(deployment.deploymentId));
  }

  async #probe(deployment: DeploymentSnapshot, state: MachineState): Promise<void> {
    const awake = await this.#source.isAwake(deployment).catch(() => null);
    state.probing = null;
    // Remember a missing answer too, so that a platform that is away is not asked again and again.
    state.probed = { awake: awake === true, at: performance.now() };
  }

  #stateOf(deploymentId: string): MachineState {
    let state = this.#machines.get(deploymentId);
    if (state === undefined) {
      state = {
        answeredAt: NEVER,
        activeAt: NEVER,
        open: 0,
        calls: 0,
        probed: null,
        probing: null,
        probedAt: NEVER,
        hasSlept: false,
      };
      this.#machines.set(deploymentId, state);
      this.#evict();
    }
    return state;
  }

  #evict(): void {
    for (const [id, state] of this.#machines) {
      if (this.#machines.size <= MAX_MACHINES) return;
      if (state.open === 0 && state.probing === null) this.#machines.delete(id);
    }
  }
}
