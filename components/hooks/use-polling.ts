"use client";

import { useCallback, useEffectEvent, useRef, useState } from "react";
import useSWR, { type SWRConfiguration } from "swr";
import { describeFailure, getText, RequestFailure } from "./api-request";

export interface Polled<T> {
  value: T | null;
  /** When the value was last confirmed, by the browser's clock, or null before the first response. */
  checkedAtMs: number | null;
  /** How far the server's clock is ahead of the browser's. */
  skewMs: number;
  /** Why the last request failed, or null. The value may be stale then. */
  trouble: string | null;
  /** The HTTP status of the last failure, or null when nothing failed or nothing answered. */
  failureStatus: number | null;
  /** The server answered 404: what was polled no longer exists. */
  isGone: boolean;
  /** Requests the value again now. A response that is still under way is ignored. */
  refresh: () => void;
}

export interface PollingOptions<T> {
  /** The value that the server rendered the page with. It stands until a later response arrives. */
  initial: T | null;
  /** Chooses the pause until the next request from the current value. */
  chooseDelayMs: (value: T | null) => number;
}

/** One response, with when it came. */
interface Snapshot<T> {
  text: string;
  value: T;
  checkedAtMs: number;
  skewMs: number;
}

/** The Date header counts whole seconds and arrives late, so smaller differences between the clocks mean nothing. */
const MIN_SKEW_MS = 2_000;
const REQUEST_TIMEOUT_MS = 20_000;
const MAX_BACKOFF_MS = 30_000;

/** SWR settings for everything that polls: never while the page is hidden, and at once when it is visible again. */
export const POLLING_OPTIONS = {
  // The browser calls itself offline without a network, but Catwalk may run on this very computer.
  isOnline: () => true,
  dedupingInterval: 250,
  focusThrottleInterval: 1_000,
  refreshWhenHidden: false,
  compare: Object.is,
} satisfies SWRConfiguration;

/**
 * Keeps a value of the app's API current while the page is visible. After a failure it retries with exponential backoff,
 * up to 30 s, and keeps the last value. It stops after a 404.
 */
export function usePolling<T>(path: string, { initial, chooseDelayMs }: PollingOptions<T>): Polled<T> {
  // A cached response is older than what the server has rendered since, so it must not replace it.
  const [rendered, setRendered] = useState(() => ({ initial, atMs: Date.now() }));
  if (rendered.initial !== initial) setRendered({ initial, atMs: Date.now() });
  const isNewer = (snapshot: Snapshot<T>) => initial === null || snapshot.checkedAtMs >= rendered.atMs;

  const last = useRef<Snapshot<T>>(undefined);
  const chooseDelay = useEffectEvent(chooseDelayMs);
  const load = async (): Promise<Snapshot<T>> => {
    const { text, response } = await getText(path, AbortSignal.timeout(REQUEST_TIMEOUT_MS));
    const checkedAtMs = Date.now();
    const skewMs = Date.parse(response.headers.get("date") ?? "") - checkedAtMs;
    // An unchanged value stays the same object, so that memoized parts of the page do not render again.
    const value = text === last.current?.text ? last.current.value : (JSON.parse(text) as T);
    last.current = { text, value, checkedAtMs, skewMs: Math.abs(skewMs) > MIN_SKEW_MS ? skewMs : 0 };
    return last.current;
  };

  const { data, error, mutate } = useSWR<Snapshot<T>, unknown>(path, load, {
    ...POLLING_OPTIONS,
    refreshInterval: (latest) => chooseDelay(latest?.value ?? initial),
    onErrorRetry: (failure, _key, _config, revalidate, { retryCount }) => {
      if (isNotFound(failure)) return;
      const backoffMs = Math.min(1_000 * 2 ** Math.min(retryCount - 1, 10), MAX_BACKOFF_MS);
      setTimeout(() => revalidate({ retryCount }), backoffMs);
    },
  });

  const refresh = useCallback(() => void mutate().catch(() => undefined), [mutate]);
  const isGone = isNotFound(error);
  return {
    value: data && isNewer(data) ? data.value : initial,
    checkedAtMs: data && isNewer(data) ? data.checkedAtMs : null,
    skewMs: data?.skewMs ?? 0,
    trouble: error === undefined || isGone ? null : describeFailure(error),
    failureStatus: error instanceof RequestFailure ? error.status : null,
    isGone,
    refresh,
  };
}

function isNotFound(failure: unknown): boolean {
  return failure instanceof RequestFailure && failure.status === 404;
}
