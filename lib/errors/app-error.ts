import { ERROR_CODES, type ErrorCode } from "./codes.ts";
import { isDatabaseUnavailable } from "./database-unavailable.ts";

export interface AppErrorOptions {
  /** What the person can do next, as a sentence. */
  hint?: string;
  /** A sentence for each bad field, by the field's key. */
  fields?: Record<string, string>;
  /** What helps an operator and holds no secret: the last lines of a log, a request id. */
  detail?: string;
  /** When it makes sense to try again, in seconds; becomes the answer's `Retry-After`. */
  retryAfterS?: number;
  cause?: unknown;
}

/** The error in the form in which the API gives it, a server action returns it, and the database keeps it. */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  hint: string | null;
  docs: string;
  fields?: Record<string, string>;
  detail?: string;
}

/**
 * The one error that is meant for a person: a code (docs/errors.md lists them), the status that belongs to it, a sentence,
 * and what to do next. Anything else that is thrown is a defect and is answered with `internal` and nothing more.
 */
export class AppError extends Error {
  /** Next makes a copy of this class for each bundle; an error of one is an error of all. */
  static override [Symbol.hasInstance](value: unknown): value is AppError {
    return value instanceof Error && value.name === "AppError";
  }

  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly fields: Record<string, string> | undefined;
  readonly detail: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.hint = options.hint ?? null;
    this.fields = options.fields;
    this.detail = options.detail;
    this.retryAfterS = options.retryAfterS;
  }

  /** The HTTP status of this code. */
  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  toBody(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint,
      docs: `docs/errors.md#${this.code}`,
      ...(this.fields && { fields: this.fields }),
      ...(this.detail && { detail: this.detail }),
    };
  }

  /** `{"error":{…}}` with the code's status. */
  toResponse(headers?: HeadersInit): Response {
    const response = Response.json({ error: this.toBody() }, { status: this.status, headers });
    if (this.retryAfterS !== undefined) response.headers.set("retry-after", String(this.retryAfterS));
    return response;
  }
}

function databaseUnavailable(thrown: unknown): AppError | null {
  if (!isDatabaseUnavailable(thrown)) return null;
  return new AppError("database_unavailable", "Catwalk cannot reach its database.", {
    hint: "It tries again by itself; servers that are already in use go on working meanwhile.",
    cause: thrown,
  });
}

/**
 * Any thrown value as an AppError: a database that is away becomes `database_unavailable`, what else is not one becomes
 * `internal`, its own text kept out of the answer.
 */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return (
    databaseUnavailable(thrown) ??
    new AppError("internal", "Something went wrong inside Catwalk.", {
      hint: "Try again. If it stays, the server's log says more.",
      cause: thrown,
    })
  );
}
