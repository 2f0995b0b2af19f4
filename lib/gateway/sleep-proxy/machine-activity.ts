import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import { orNullAfter } from "../../util/timeout.ts";
import type { DeploymentSource } from "../deployment-source.ts";

export interface MachineActivityOptions {
  source: Pick<DeploymentSource, "suspendsMachines" | "isAwake">;
  /** For so long after it answered a machine is taken to be awake, */
  awakeAfterAnswerMs?: number;
  /** and for so long the platform is not even asked: it may put a machine to sleep as soon as nobody calls. */
  sureAfterAnswerMs?: number;
  /** How long an answer waits for the platform's word; without it the machine counts as asleep. */
  probeBudgetMs?: number;
  /** How long the platform's word is believed. */
  probeTtlMs?: number;
  /** For so long after its last call a machine counts as being used. */
  activeMs?: number;
  /** How long a call waits at most for what is to be done before it. */
  prepareBudgetMs?: number;
}

/** What is known of one machine. Times on the monotonic clock. */
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
 * Which machines are awake, and which are being used, as far as this process knows. It is only ever an optimisation: a machine
 * that is wrongly taken to sleep has its lists answered from what is kept, one that is wrongly taken to be awake is woken.
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

  /** Whether there is something in front of the machine that answers when it does not, and wakes it. */
  hasPlatformProxy(deployment: DeploymentSnapshot): boolean {
    return this.#source.suspendsMachines(deployment);
  }

  /** Whether the machine may be asleep at all. */
  maySuspend(deployment: DeploymentSnapshot): boolean {
    return !deployment.alwaysOn && this.#source.suspendsMachines(deployment);
  }

  /** Whether it is certain, without asking anybody, that the machine is awake. */
  isSurelyAwake(deploymentId: string): boolean {
    return this.#hasAnswered(deploymentId, this.#awakeAfterAnswerMs);
  }

  #hasAnswered(deploymentId: string, withinMs: number): boolean {
    const state = this.#machines.get(deploymentId);
    return state !== undefined && (state.open > 0 || performance.now() - state.answeredAt < withinMs);
  }

  /**
   * Whether the machine is awake. What cannot be known in time counts as asleep, unless it answered a moment ago: a list is not
   * to wake a machine that fell asleep right after that.
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
    // Whoever comes later does not begin to wait anew for a platform that says nothing.
    const leftMs = state.probedAt + this.#probeBudgetMs - performance.now();
    if (leftMs > 0) await orNullAfter(state.probing, leftMs);
    if (state.probed !== null && state.probed !== probed) return state.probed.awake;
    return this.isSurelyAwake(deployment.deploymentId);
  }

  /** Whether clients call the machine these days: through this process, or, by the time of its last call, through another. */
  isActive({ deploymentId, lastCallAt }: DeploymentSnapshot): boolean {
    if (this.isActiveHere(deploymentId)) return true;
    return lastCallAt !== null && Math.abs(Date.now() - lastCallAt.getTime()) < this.#activeMs;
  }

  /** Whether a call through this process is under way, or was lately. */
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

  /** Calls the listener whenever a machine has begun to answer a call; gives the way to stop that. */
  onAnswer(listener: AnswerListener): () => void {
    this.#answerListeners.add(listener);
    return () => void this.#answerListeners.delete(listener);
  }

  /** Calls the listener whenever a machine that may have slept is about to get a call; gives the way to stop that. */
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
    // Nothing heard is remembered as well, so that a platform that is away is not asked again and again.
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
