"use client";

import { useCallback, useEffectEvent, useState, useSyncExternalStore } from "react";
import { describeFailure, getText, RequestFailure } from "./api-request";
import { Poller, type PollState } from "./poller";

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
interface Snapshot {
  text: string;
  value: unknown;
  checkedAtMs: number;
  skewMs: number;
}

/** The Date header counts whole seconds and arrives late, so smaller differences between the clocks mean nothing. */
const MIN_SKEW_MS = 2_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** Values of the API stay here when a tab or a page is left, so that it opens with them. More than these are not worth their memory. */
const MAX_POLLERS = 50;

const pollers = new Map<string, Poller<Snapshot>>();
const NOTHING: PollState<Snapshot> = { value: undefined, failure: undefined };

/** Finds or creates the poller of a path. Call it in the browser only: the server would keep one person's values for another. */
function openPoller(path: string): Poller<Snapshot> {
  let poller = pollers.get(path);
  if (!poller) {
    for (const [other, { isIdle }] of pollers) {
      if (pollers.size < MAX_POLLERS) break;
      if (isIdle) pollers.delete(other);
    }
    poller = new Poller({ load: (last) => loadSnapshot(path, last), isFinal: isNotFound });
    pollers.set(path, poller);
  }
  return poller;
}

async function loadSnapshot(path: string, last: Snapshot | undefined): Promise<Snapshot> {
  const { text, response } = await getText(path, AbortSignal.timeout(REQUEST_TIMEOUT_MS));
  const checkedAtMs = Date.now();
  const skewMs = Date.parse(response.headers.get("date") ?? "") - checkedAtMs;
  // An unchanged value stays the same object, so that memoized parts of the page do not render again.
  const value: unknown = text === last?.text ? last.value : JSON.parse(text);
  return { text, value, checkedAtMs, skewMs: Math.abs(skewMs) > MIN_SKEW_MS ? skewMs : 0 };
}

/**
 * Keeps a value of the app's API current while the page is visible. After a failure it retries with exponential backoff,
 * up to 30 s, and keeps the last value. It stops after a 404.
 */
export function usePolling<T>(path: string, { initial, chooseDelayMs }: PollingOptions<T>): Polled<T> {
  // A cached response is older than what the server has rendered since, so it must not replace it.
  const [rendered, setRendered] = useState(() => ({ initial, atMs: Date.now() }));
  if (rendered.initial !== initial) setRendered({ initial, atMs: Date.now() });
  const isNewer = (snapshot: Snapshot) => initial === null || snapshot.checkedAtMs >= rendered.atMs;

  const chooseDelay = useEffectEvent((latest: Snapshot | undefined) =>
    chooseDelayMs(latest ? (latest.value as T) : initial),
  );
  const subscribe = useCallback(
    (onChange: () => void) => openPoller(path).subscribe(onChange, (latest) => chooseDelay(latest)),
    [path],
  );
  const { value: snapshot, failure } = useSyncExternalStore(
    subscribe,
    () => pollers.get(path)?.getState() ?? NOTHING,
    () => NOTHING,
  );
  const refresh = useCallback(() => pollers.get(path)?.refresh(), [path]);

  const latest = snapshot && isNewer(snapshot) ? snapshot : null;
  const isGone = isNotFound(failure);
  return {
    value: latest ? (latest.value as T) : initial,
    checkedAtMs: latest?.checkedAtMs ?? null,
    skewMs: snapshot?.skewMs ?? 0,
    trouble: failure === undefined || isGone ? null : describeFailure(failure),
    failureStatus: failure instanceof RequestFailure ? failure.status : null,
    isGone,
    refresh,
  };
}

function isNotFound(failure: unknown): boolean {
  return failure instanceof RequestFailure && failure.status === 404;
}
