import type { Failure } from "./errors.ts";

/** What the host that Catwalk runs on does not let pass. */
export interface HostLimits {
  /** After so long it ends a request; null where it does not. */
  streamMaxMs: number | null;
  /** It takes no larger request bodies; null where it does. */
  maxBodyBytes: number | null;
}

export const NO_LIMITS: HostLimits = { streamMaxMs: null, maxBodyBytes: null };

/** Vercel ends a function after 300 s (the route's `maxDuration`) and refuses bodies of more than 4.5 MB. */
const VERCEL_LIMITS: HostLimits = { streamMaxMs: 290_000, maxBodyBytes: 4_500_000 };

/** The limits that the app's settings, or the platform that it runs on, give. */
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

/** Why a call that lasts longer than the host permits gets no answer. */
export function toHostLimitFailure(streamMaxMs: number): Failure {
  const seconds = Math.round(streamMaxMs / 1_000);
  return {
    status: 504,
    reason: "host_limit",
    message: `The host of Catwalk ends every request after ${seconds} s (GATEWAY_STREAM_MAX_MS), and this call takes longer. Whether it took effect is not known.`,
  };
}

/** Why a body that is larger than the host permits is not taken. */
export function toBodyTooLargeFailure(maxBodyBytes: number): Failure {
  return {
    status: 413,
    reason: "body_too_large",
    message: `The host of Catwalk takes request bodies of up to ${maxBodyBytes} bytes (GATEWAY_MAX_BODY_BYTES), and this one is larger.`,
  };
}
