/** The last loaded value, and why the last request failed. Each is undefined until there is one. */
export interface PollState<T> {
  value: T | undefined;
  failure: unknown;
}

export interface PollerOptions<T> {
  /** Loads the value. Gets the last one, to return it again when nothing has changed. */
  load: (last: T | undefined) => Promise<T>;
  /** Tells whether a failure stays, so that no retry is due. By default every failure is retried. */
  isFinal?: (failure: unknown) => boolean;
  /** The page whose visibility counts; by default the browser's. */
  page?: PollingPage;
}

export interface PollingPage {
  isVisible: () => boolean;
  /** Calls the listener when a person or the network comes back to the page. Returns the unsubscribe function. */
  onReturn: (listener: () => void) => () => void;
}

const NOTHING: PollState<never> = { value: undefined, failure: undefined };

const MIN_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;
/** A value that was asked for so recently is not asked for again because a subscriber or a person arrives. */
const FRESH_MS = 250;
const RETURN_FRESH_MS = 1_000;

/**
 * Keeps one value current for all who subscribe to it, with one request at a time. Loads it for the first subscriber and then again
 * and again while the page is visible, after the shortest pause that a subscriber wants. A failure keeps the value and is retried with
 * exponential backoff, up to 30 s. A hidden page asks for nothing, and at once when it is visible again. The value outlives the
 * subscribers, so the next one begins with it.
 */
export class Poller<T> {
  readonly #options: PollerOptions<T>;
  readonly #page: PollingPage;
  /** The pause that each subscriber wants, by its listener. */
  readonly #subscribers = new Map<() => void, (value: T | undefined) => number>();
  #state: PollState<T> = NOTHING;
  #failures = 0;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The request whose response counts, or null without one. */
  #request: object | null = null;
  #leavePage: (() => void) | null = null;

  constructor(options: PollerOptions<T>) {
    this.#options = options;
    this.#page = options.page ?? BROWSER_PAGE;
  }

  get isIdle(): boolean {
    return this.#subscribers.size === 0;
  }

  /** Returns the state: the same object until it changes. */
  readonly getState = (): PollState<T> => this.#state;

  /**
   * Polls until the returned function is called.
   *
   * @param onChange called after each change of the state
   * @param chooseDelayMs chooses the pause before the next request
   */
  subscribe(onChange: () => void, chooseDelayMs: (value: T | undefined) => number): () => void {
    this.#subscribers.set(onChange, chooseDelayMs);
    this.#leavePage ??= this.#page.onReturn(() => this.#loadUnlessFresh(RETURN_FRESH_MS));
    this.#loadUnlessFresh(FRESH_MS);
    return () => {
      this.#subscribers.delete(onChange);
      if (this.isIdle) this.#stop();
    };
  }

  /** Loads the value now. The response to a request that is still under way is ignored: it may be older than what calls for this. */
  refresh(): void {
    if (!this.isIdle) void this.#load();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#request = null;
    this.#leavePage?.();
    this.#leavePage = null;
  }

  #loadUnlessFresh(freshMs: number): void {
    if (this.#request !== null) return;
    if (this.#timer !== undefined && Date.now() - this.#startedAtMs < freshMs) return;
    void this.#load();
  }

  async #load(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#startedAtMs = Date.now();
    const request = {};
    this.#request = request;
    let state: PollState<T>;
    try {
      state = { value: await this.#options.load(this.#state.value), failure: undefined };
    } catch (failure) {
      state = { value: this.#state.value, failure };
    }
    if (this.#request !== request) return;
    this.#request = null;
    this.#failures = state.failure === undefined ? 0 : this.#failures + 1;
    const isChanged = !Object.is(state.value, this.#state.value) || !Object.is(state.failure, this.#state.failure);
    if (isChanged) this.#state = state;
    this.#schedule();
    if (isChanged) for (const onChange of [...this.#subscribers.keys()]) onChange();
  }

  #schedule(): void {
    const { value, failure } = this.#state;
    if (failure !== undefined && this.#options.isFinal?.(failure)) return;
    const delayMs =
      failure === undefined
        ? Math.min(...[...this.#subscribers.values()].map((chooseDelayMs) => chooseDelayMs(value)))
        : Math.min(MIN_BACKOFF_MS * 2 ** (this.#failures - 1), MAX_BACKOFF_MS);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // A hidden page waits for its return.
      if (this.#page.isVisible()) void this.#load();
    }, delayMs);
  }
}

/** The browser's page. A network that is back counts as a return, for requests fail without one. */
const BROWSER_PAGE: PollingPage = {
  isVisible: () => document.visibilityState !== "hidden",
  onReturn(listener) {
    const returned = () => {
      if (BROWSER_PAGE.isVisible()) listener();
    };
    document.addEventListener("visibilitychange", returned);
    window.addEventListener("focus", returned);
    window.addEventListener("online", returned);
    return () => {
      document.removeEventListener("visibilitychange", returned);
      window.removeEventListener("focus", returned);
      window.removeEventListener("online", returned);
    };
  },
};
