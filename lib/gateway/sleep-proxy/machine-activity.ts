import type { Connection, ConnectionSource } from "../deployment.ts";

export interface WakefulnessOptions {
  source: Pick<ConnectionSource, "sleeps" | "isAwake">;
  /** For so long after it answered a machine is taken to be awake, */
  awakeAfterAnswerMs?: number;
  /** and for so long the platform is not even asked: it may put a machine to sleep as soon as nobody calls. */
  sureAfterAnswerMs?: number;
  /** How long an answer waits for the platform's word; without it the machine counts as asleep. */
  askBudgetMs?: number;
  /** How long the platform's word is believed. */
  believeMs?: number;
  /** For so long after its last call a machine counts as being used. */
  inUseMs?: number;
  /** How long a call waits at most for what is to be done before it. */
  prepareBudgetMs?: number;
}

/** What is known of one machine. Times on the monotonic clock. */
interface Known {
  answeredAt: number;
  usedAt: number;
  /** Calls that it has begun to answer, and streams that it holds open. */
  open: number;
  calls: number;
  /** The platform's word. */
  heard: { awake: boolean; at: number } | null;
  asking: Promise<void> | null;
  askedAt: number;
  /** It was asleep, as far as is known, and no call has been answered since. */
  slept: boolean;
}

/** Called when a machine has answered a call; `woken` when it may have been asleep before. */
type AnswerListener = (connection: Connection, woken: boolean) => void;

/** Called when a machine is awake again and a call is about to go to it, which waits for the promise. */
type RouseListener = (connection: Connection) => Promise<unknown>;

const maxKnown = 10_000;
const never = Number.NEGATIVE_INFINITY;

/**
 * Which machines are awake, and which are being used, as far as this process knows. It is only ever an optimisation: a machine
 * that is wrongly taken to sleep has its lists answered from what is kept, one that is wrongly taken to be awake is woken.
 */
export class Wakefulness {
  readonly #source: Pick<ConnectionSource, "sleeps" | "isAwake">;
  readonly #awakeAfterAnswerMs: number;
  readonly #sureAfterAnswerMs: number;
  readonly #askBudgetMs: number;
  readonly #believeMs: number;
  readonly #inUseMs: number;
  readonly #prepareBudgetMs: number;
  readonly #machines = new Map<string, Known>();
  readonly #answerListeners = new Set<AnswerListener>();
  readonly #rouseListeners = new Set<RouseListener>();

  constructor({
    source,
    awakeAfterAnswerMs = 15_000,
    sureAfterAnswerMs = Math.min(2_000, awakeAfterAnswerMs),
    askBudgetMs = 150,
    believeMs = 10_000,
    inUseMs = 60_000,
    prepareBudgetMs = 2_000,
  }: WakefulnessOptions) {
    this.#source = source;
    this.#awakeAfterAnswerMs = awakeAfterAnswerMs;
    this.#sureAfterAnswerMs = sureAfterAnswerMs;
    this.#askBudgetMs = askBudgetMs;
    this.#believeMs = believeMs;
    this.#inUseMs = inUseMs;
    this.#prepareBudgetMs = prepareBudgetMs;
  }

  /** Whether there is something in front of the machine that answers when it does not, and wakes it. */
  sleeps(connection: Connection): boolean {
    return this.#source.sleeps(connection);
  }

  /** Whether the machine may be asleep at all. */
  dozes(connection: Connection): boolean {
    return !connection.alwaysOn && this.#source.sleeps(connection);
  }

  /** Whether it is certain, without asking anybody, that the machine is awake. */
  isSurelyAwake(deploymentId: string): boolean {
    return this.#hasAnswered(deploymentId, this.#awakeAfterAnswerMs);
  }

  #hasAnswered(deploymentId: string, withinMs: number): boolean {
    const known = this.#machines.get(deploymentId);
    return known !== undefined && (known.open > 0 || performance.now() - known.answeredAt < withinMs);
  }

  /**
   * Whether the machine is awake. What cannot be known in time counts as asleep, unless it answered a moment ago: a list is not
   * to wake a machine that fell asleep right after that.
   */
  async isAwake(connection: Connection): Promise<boolean> {
    if (this.#hasAnswered(connection.deploymentId, this.#sureAfterAnswerMs)) return true;
    const known = this.#of(connection.deploymentId);
    const { heard } = known;
    if (heard !== null && performance.now() - heard.at < this.#believeMs) return heard.awake;
    if (known.asking === null) {
      known.askedAt = performance.now();
      known.asking = this.#ask(connection, known);
    }
    // Whoever comes later does not begin to wait anew for a platform that says nothing.
    const leftMs = known.askedAt + this.#askBudgetMs - performance.now();
    if (leftMs > 0) await orAfter(leftMs, known.asking);
    if (known.heard !== null && known.heard !== heard) return known.heard.awake;
    return this.isSurelyAwake(connection.deploymentId);
  }

  /** Whether clients call the machine these days: through this process, or, by the time of its last call, through another. */
  isUsed({ deploymentId, lastCallAt }: Connection): boolean {
    if (this.isUsedHere(deploymentId)) return true;
    return lastCallAt !== null && Math.abs(Date.now() - lastCallAt.getTime()) < this.#inUseMs;
  }

  /** Whether a call through this process is under way, or was lately. */
  isUsedHere(deploymentId: string): boolean {
    const known = this.#machines.get(deploymentId);
    return known !== undefined && performance.now() - known.usedAt < this.#inUseMs;
  }

  /** The machine has shown that it is awake, and a call is about to go to it. Resolves when that may go. */
  async roused(connection: Connection): Promise<void> {
    const known = this.#of(connection.deploymentId);
    known.slept ||= this.#mayHaveSlept(connection, known);
    const now = performance.now();
    known.answeredAt = now;
    known.usedAt = Math.max(known.usedAt, now);
    known.heard = null;
    const preparations = [...this.#rouseListeners].map((listener) => listener(connection));
    await orAfter(this.#prepareBudgetMs, Promise.allSettled(preparations));
  }

  /** The machine has begun to answer a call. Gives what is to be called, once, when the call is over. */
  answered(connection: Connection): () => void {
    const { deploymentId } = connection;
    const known = this.#of(deploymentId);
    const woken = known.slept || this.#mayHaveSlept(connection, known);
    known.slept = false;
    const over = this.streams(deploymentId);
    // A call that lasts is a use for as long as it lasts.
    known.usedAt = Number.POSITIVE_INFINITY;
    known.calls++;
    for (const listener of this.#answerListeners) listener(connection, woken);
    return () => {
      over();
      known.calls--;
      if (known.calls === 0) known.usedAt = performance.now();
    };
  }

  /** The machine holds a stream open, which is no use of it. Gives what is to be called, once, when the stream is over. */
  streams(deploymentId: string): () => void {
    const known = this.#of(deploymentId);
    const touch = () => {
      known.answeredAt = performance.now();
      known.heard = null;
    };
    touch();
    known.open++;
    return () => {
      known.open--;
      touch();
    };
  }

  /** Calls the listener whenever a machine has begun to answer a call; gives the way to stop that. */
  onAnswer(listener: AnswerListener): () => void {
    this.#answerListeners.add(listener);
    return () => void this.#answerListeners.delete(listener);
  }

  /** Calls the listener whenever a machine that may have slept is about to get a call; gives the way to stop that. */
  onRouse(listener: RouseListener): () => void {
    this.#rouseListeners.add(listener);
    return () => void this.#rouseListeners.delete(listener);
  }

  #mayHaveSlept(connection: Connection, { heard }: Known): boolean {
    return heard?.awake === false || !(this.isUsed(connection) || this.isSurelyAwake(connection.deploymentId));
  }

  async #ask(connection: Connection, known: Known): Promise<void> {
    const awake = await this.#source.isAwake(connection).catch(() => null);
    known.asking = null;
    // Nothing heard is remembered as well, so that a platform that is away is not asked again and again.
    known.heard = { awake: awake === true, at: performance.now() };
  }

  #of(deploymentId: string): Known {
    let known = this.#machines.get(deploymentId);
    if (known === undefined) {
      known = {
        answeredAt: never,
        usedAt: never,
        open: 0,
        calls: 0,
        heard: null,
        asking: null,
        askedAt: never,
        slept: false,
      };
      this.#machines.set(deploymentId, known);
      this.#evict();
    }
    return known;
  }

  #evict(): void {
    for (const [id, known] of this.#machines) {
      if (this.#machines.size <= maxKnown) return;
      if (known.open === 0 && known.asking === null) this.#machines.delete(id);
    }
  }
}

/** Resolves when the promise does, or when the time is up. */
function orAfter(ms: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void promise.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
