import type { Call } from "./calls/call.ts";
import { type Failure, GATEWAY_ERROR_CODE } from "./errors.ts";
import { getHeader } from "./http/exchange.ts";

/** The limits of the host that Catwalk runs on. */
export interface HostLimits {
  /** Maximum duration of a request on this host in milliseconds; null without a limit. */
  streamMaxMs: number | null;
  /** The largest request body that the host accepts, in bytes; null without a limit. */
  maxBodyBytes: number | null;
}

export const NO_LIMITS: HostLimits = { streamMaxMs: null, maxBodyBytes: null };

/** Vercel ends a function after 300 s (the route's `maxDuration`) and refuses bodies of more than 4.5 MB. */
const VERCEL_LIMITS: HostLimits = { streamMaxMs: 290_000, maxBodyBytes: 4_500_000 };

/** Returns the limits that the settings name, else those of the platform. */
export function readHostLimits(settings: {
  GATEWAY_STREAM_MAX_MS?: number | undefined;
  GATEWAY_MAX_BODY_BYTES?: number | undefined;
  onVercel: boolean;
}): HostLimits {
  const platform = settings.onVercel ? VERCEL_LIMITS : NO_LIMITS;
  return {
    streamMaxMs: settings.GATEWAY_STREAM_MAX_MS ?? platform.streamMaxMs,
    maxBodyBytes: settings.GATEWAY_MAX_BODY_BYTES ?? platform.maxBodyBytes,
  };
}

/** Holds calls to the host's limits, so that the gateway ends them in words before the host ends them without. */
export class CallLimits {
  readonly #limits: HostLimits;

  constructor(limits: HostLimits) {
    this.#limits = limits;
  }

  /** True if the duration of calls is limited. */
  get isTimeLimited(): boolean {
    return this.#limits.streamMaxMs !== null;
  }

  /** Milliseconds that a call may still last, or null without a limit. */
  remainingMs({ startedAt }: Call): number | null {
    const { streamMaxMs } = this.#limits;
    return streamMaxMs === null ? null : Math.max(0, startedAt + streamMaxMs - performance.now());
  }

  /** Returns why a call's body is too large, from its declared length and the bytes read so far, or null. */
  findBodyFailure({ request, requestBytes }: Call): Failure | null {
    const { maxBodyBytes } = this.#limits;
    if (maxBodyBytes === null) return null;
    const declaredBytes = Number(getHeader(request.headers, "content-length") ?? 0);
    return Math.max(declaredBytes, requestBytes) > maxBodyBytes ? toBodyTooLargeFailure(maxBodyBytes) : null;
  }

  /** Records that a call has reached the time limit. Returns the failure that its client gets. */
  recordTimeout(call: Call): Failure {
    call.errorCode = GATEWAY_ERROR_CODE;
    return toHostLimitFailure(this.#limits.streamMaxMs ?? 0);
  }
}

function toHostLimitFailure(streamMaxMs: number): Failure {
  const seconds = Math.round(streamMaxMs / 1_000);
  return {
    status: 504,
    reason: "host_limit",
    message: `The host of Catwalk ends every request after ${seconds} s (GATEWAY_STREAM_MAX_MS), and this call takes longer. Whether it took effect is not known.`,
  };
}

function toBodyTooLargeFailure(maxBodyBytes: number): Failure {
  return {
    status: 413,
    reason: "body_too_large",
    message: `The host of Catwalk takes request bodies of up to ${maxBodyBytes} bytes (GATEWAY_MAX_BODY_BYTES), and this one is larger.`,
  };
}
