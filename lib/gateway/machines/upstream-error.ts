/** The machine could not be reached, or was lost before it began to answer. */
export class UpstreamError extends Error {
  /** The machine cannot have received the request. */
  readonly isUndelivered: boolean;
  /** A kept-alive connection turned out to be closed, which says nothing about the machine. */
  readonly isStale: boolean;

  constructor(message: string, undelivered: boolean, cause: unknown, stale = false) {
    super(message, { cause });
    this.name = "UpstreamError";
    this.isUndelivered = undelivered;
    this.isStale = stale;
  }
}
