import { ERROR_CODES, type ErrorCode } from "./codes.ts";
import { isDatabaseUnavailable } from "./database-unavailable.ts";

/** One of the sources among which a person has to choose. */
export interface SourceChoice {
  /** What to send instead: "npm:NAME". */
  source: string;
  /** What the registry says of it: its version and description, or that it could not be asked. */
  description: string;
}

export interface AppErrorOptions {
  /** A sentence that tells the person what to do next. */
  hint?: string;
  /** A sentence for each bad field, by the field's key. */
  fields?: Record<string, string>;
  /** The sources that what was given may mean. */
  choices?: SourceChoice[];
  /** Evidence for an operator, without secrets: the last lines of a log, a request id. */
  detail?: string;
  /** Seconds until a retry makes sense; sent as `Retry-After`. */
  retryAfterS?: number;
  cause?: unknown;
}

/** An error as the API sends it, a server action returns it and the database stores it. */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  hint: string | null;
  docs: string;
  fields?: Record<string, string>;
  choices?: SourceChoice[];
  detail?: string;
}

/**
 * The only error with text for people: a code (docs/errors.md lists them), its status, a sentence and a hint. Any other thrown
 * value is a defect; its text never leaves the process, and the response says `internal`.
 */
export class AppError extends Error {
  /** Next copies this class into each bundle, so `instanceof` goes by the name instead of the prototype. */
  static override [Symbol.hasInstance](value: unknown): value is AppError {
    return value instanceof Error && value.name === "AppError";
  }

  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly fields: Record<string, string> | undefined;
  readonly choices: SourceChoice[] | undefined;
  readonly detail: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.hint = options.hint ?? null;
    this.fields = options.fields;
    this.choices = options.choices;
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
      ...(this.choices && { choices: this.choices }),
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
 * Converts any thrown value to an AppError: an unreachable database to `database_unavailable`, everything else that is not an
 * AppError to `internal` without its own text.
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
