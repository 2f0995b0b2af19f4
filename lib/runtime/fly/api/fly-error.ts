/** What Fly answered when it did not do what it was asked, or that it did not answer. */
export class FlyError extends Error {
  override readonly name = "FlyError";
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Fly's own word for it, such as `name_taken`; "timeout" or "connection" without an answer; else null. */
  readonly code: string | null;
  /** Fly's id of the request, for its support; null without an answer. */
  readonly requestId: string | null;
  /** What was asked: verb and path, without a query. */
  readonly request: string;
  /** How long Fly asks to wait, in milliseconds; null when it says nothing. */
  readonly retryAfterMs: number | null;

  constructor(message: string, details: Pick<FlyError, "status" | "code" | "requestId" | "request" | "retryAfterMs">) {
    super(message);
    this.status = details.status;
    this.code = details.code;
    this.requestId = details.requestId;
    this.request = details.request;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** It may pass by itself: the same request may succeed later. */
  get isRetryable(): boolean {
    if (this.status === 501) return false;
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  /** It may have been done all the same: the answer was lost, or came too late. */
  get isAmbiguous(): boolean {
    return this.isRetryable && this.status !== 429;
  }
}

/** Whether Fly has no such operation, or not what it is about: which of the two its answer does not tell. */
export function isUnsupportedOrMissing(thrown: unknown): thrown is FlyError {
  return hasFlyStatus(thrown, 404, 405, 501);
}

/** Whether what was thrown is Fly's answer with one of these statuses. */
export function hasFlyStatus(thrown: unknown, ...statuses: number[]): thrown is FlyError {
  return thrown instanceof FlyError && statuses.includes(thrown.status);
}
