import { z } from "zod";
import { exponentialBackoffMs } from "../../../util/backoff.ts";
import { processWide } from "../../../util/process-wide.ts";
import { readText } from "../../host-client.ts";
import { type Clock, systemClock } from "../clock.ts";
import { FlyError, hasFlyStatus } from "./fly-error.ts";
import { type Rate, RateLimiter } from "./rate-limiter.ts";
import { listAuthorizations, redactTokens } from "./token.ts";

export interface FlyRequest {
  method: "GET" | "POST" | "DELETE";
  /** The path below `/v1`, its variable parts encoded. */
  path: string;
  /** The key of Fly's rate limit: an action, and the app or machine that it is done to. */
  action: string;
  object: string;
  token: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: unknown;
  /** Retries this POST as other verbs are retried: repeating it does no harm. */
  isIdempotent?: boolean;
  /** Fly holds the request until a state is reached. Its caller probes again anyway, so a failure is not retried. */
  isLongPoll?: boolean;
  timeoutMs?: number;
}

export interface FlyResponse {
  status: number;
  /** Parsed JSON; null when there is none. */
  body: unknown;
  headers: Headers;
}

export interface FlyClientOptions {
  /** The API's base, without `/v1`. */
  apiHostname: string;
  clock?: Clock;
  /** Shared by all clients of one process, since Fly counts them together. */
  rateLimiter?: RateLimiter;
  /** How often a request is sent before its failure is thrown. Low where a person waits for the answer. */
  maxAttempts?: number | undefined;
}

const TIMEOUT_MS = 20_000;
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const MAX_WORDS = 1_000;
const MAX_ATTEMPTS = 5;
const BASE_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 8_000;
const MAX_RETRY_AFTER_MS = 30_000;

/** Fly's documentation: machines/api/working-with-machines-api, "Rate limits". */
const RATE: Rate = { perSecond: 1, burst: 3 };
const GET_MACHINE_RATE: Rate = { perSecond: 5, burst: 10 };

const errorSchema = z.object({ error: z.string().catch(""), status: z.string().nullable().catch(null) });

/**
 * The transport of Fly's Machines API: rate limits, retries and the forms of the token. Leaves operations and schemas to FlyApi.
 *
 * Retries idempotent requests after 408, 429, 5xx and lost connections. Retries every request after 429, which says that Fly did
 * nothing.
 */
export class FlyClient {
  readonly #apiHostname: string;
  readonly #clock: Clock;
  readonly #rateLimiter: RateLimiter;
  readonly #maxAttempts: number;

  constructor({
    apiHostname,
    clock = systemClock,
    rateLimiter = new RateLimiter(clock),
    maxAttempts = MAX_ATTEMPTS,
  }: FlyClientOptions) {
    this.#apiHostname = apiHostname;
    this.#clock = clock;
    this.#rateLimiter = rateLimiter;
    this.#maxAttempts = maxAttempts;
  }

  /** Sends a request and returns Fly's successful response. Throws FlyError, which never holds a token. */
  async send(request: FlyRequest): Promise<FlyResponse> {
    const isLook = request.action === "get machine";
    for (let attempt = 1; ; attempt++) {
      await this.#rateLimiter.acquire(`${request.action} ${request.object}`, isLook ? GET_MACHINE_RATE : RATE);
      try {
        return await this.#sendAuthorized(request);
      } catch (error) {
        if (!(error instanceof FlyError) || attempt >= this.#maxAttempts || !canRetry(request, error)) throw error;
        await this.#clock.sleep(retryDelayMs(error, attempt));
      }
    }
  }

  /** Sends the token in the form that this API accepts. Until one form is known, 401 means: try the next. */
  async #sendAuthorized(request: FlyRequest): Promise<FlyResponse> {
    const [first, ...others] = listAuthorizations(request.token);
    if (others.length === 0) return await this.#sendOnce(request, first);
    const forms = [first, ...others];
    const accepted = processWide("fly.authorization", () => new Map<string, number>());
    const known = accepted.get(this.#apiHostname);
    if (known !== undefined) return await this.#sendOnce(request, forms[known] ?? first);
    let refusal: unknown;
    for (const [index, form] of forms.entries()) {
      try {
        const answer = await this.#sendOnce(request, form);
        accepted.set(this.#apiHostname, index);
        return answer;
      } catch (error) {
        if (!hasFlyStatus(error, 401)) throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  }

  async #sendOnce(request: FlyRequest, authorization: string): Promise<FlyResponse> {
    const { method, path, query, body } = request;
    const asked = `${method} /v1${path}`;
    const failure = (message: string, details: Partial<FlyError>) =>
      new FlyError(message, { status: 0, code: null, requestId: null, request: asked, retryAfterMs: null, ...details });
    const search = query ? `?${new URLSearchParams(query)}` : "";
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.#apiHostname}/v1${path}${search}`, {
        method,
        headers: {
          ...request.headers,
          accept: "application/json",
          authorization,
          "user-agent": "catwalk",
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        redirect: "error",
        cache: "no-store",
        signal: AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS),
      });
      text = await readText(response, MAX_BODY_BYTES);
    } catch (error) {
      const timedOut = error instanceof Error && error.name === "TimeoutError";
      throw failure(timedOut ? "Fly did not answer in time" : "Fly cannot be reached", {
        code: timedOut ? "timeout" : "connection",
      });
    }
    const parsed = parseJson(text);
    const requestId = response.headers.get("fly-request-id");
    if (response.ok) return { status: response.status, body: parsed ?? null, headers: response.headers };
    const { error: words, status: code } = errorSchema.safeParse(parsed).data ?? { error: text, status: null };
    const message = redactTokens(words || response.statusText || `status ${response.status}`).slice(0, MAX_WORDS);
    const retryAfterMs = parseRetryAfterMs(response.headers, this.#clock.nowMs());
    throw failure(message, { status: response.status, code, requestId, retryAfterMs });
  }
}

function canRetry(request: FlyRequest, error: FlyError): boolean {
  if (!error.isRetryable) return false;
  if (error.status === 429) return true;
  if (request.isLongPoll) return false;
  return request.method !== "POST" || request.isIdempotent === true;
}

function retryDelayMs({ retryAfterMs }: FlyError, attempt: number): number {
  if (retryAfterMs !== null) return Math.min(retryAfterMs, MAX_RETRY_AFTER_MS);
  // Jitter keeps processes that failed together from retrying together.
  return exponentialBackoffMs(attempt, { baseMs: BASE_BACKOFF_MS, maxMs: MAX_BACKOFF_MS, jitter: 0.5 });
}

/** Parses Retry-After: seconds or a date (RFC 9110, section 10.2.3). */
function parseRetryAfterMs(headers: Headers, nowMs: number): number | null {
  const value = headers.get("retry-after")?.trim();
  if (!value) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

/** Returns null for an empty text and undefined for one that is not JSON. */
function parseJson(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
