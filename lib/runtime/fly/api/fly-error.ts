/** Fly writes a sentence; the patterns that look for its cause need a bound. */
const MAX_MESSAGE_CHARACTERS = 1_000;

/** A request that Fly refused, failed or did not answer. */
export class FlyError extends Error {
  override readonly name = "FlyError";
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Fly's code, such as `name_taken`; "timeout" or "connection" without an answer; else null. */
  readonly code: string | null;
  /** Fly's id of the request, which its support asks for; null without an answer. */
  readonly requestId: string | null;
  /** The verb and path of the request, without its query. */
  readonly request: string;
  /** Fly's Retry-After in milliseconds, or null. */
  readonly retryAfterMs: number | null;

  constructor(message: string, details: Pick<FlyError, "status" | "code" | "requestId" | "request" | "retryAfterMs">) {
    super(message.slice(0, MAX_MESSAGE_CHARACTERS));
    this.status = details.status;
    this.code = details.code;
    this.requestId = details.requestId;
    this.request = details.request;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** The same request may succeed later. */
  get isRetryable(): boolean {
    if (this.status === 501) return false;
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  /** Fly may have done it all the same: the answer was lost or came too late. */
  get isAmbiguous(): boolean {
    return this.isRetryable && this.status !== 429;
  }
}

/** Tells whether Fly lacks the operation or its object. Its answer does not say which. */
export function isUnsupportedOrMissing(thrown: unknown): thrown is FlyError {
  return hasFlyStatus(thrown, 404, 405, 501);
}

/** Tells whether an error is a FlyError with one of these statuses. */
export function hasFlyStatus(thrown: unknown, ...statuses: number[]): thrown is FlyError {
  return thrown instanceof FlyError && statuses.includes(thrown.status);
}
