"use client";

import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import { describeFailure, getText, RequestFailure } from "./request";

export interface Polled<T> {
  value: T | null;
  /** When the value was last confirmed, by the browser's clock; null before the first time. */
  checkedAtMs: number | null;
  /** How far the server's clock is ahead of the browser's. */
  skewMs: number;
  /** Why the last look failed; what is shown may be old. */
  trouble: string | null;
  /** The server says that there is no such thing (any more). */
  gone: boolean;
  /** Looks again at once. */
  refresh: () => void;
}

/** A Date header tells whole seconds and arrives late: smaller differences between the clocks mean nothing. */
const MIN_SKEW_MS = 2_000;

/**
 * Keeps a value of the app's API current: looks, waits, looks again; not while the page is hidden, and at once when it is seen again.
 *
 * @param delayMs the pause after a look, given what it found
 */
export function usePolling<T>(path: string, initial: T | null, delayMs: (value: T | null) => number): Polled<T> {
  const [state, setState] = useState({
    value: initial,
    checkedAtMs: null as number | null,
    skewMs: 0,
    trouble: null as string | null,
    gone: false,
  });
  const lookAgain = useRef<() => void>(() => {});
  const first = useRef(initial);
  const pauseMs = useEffectEvent(delayMs);

  useEffect(() => {
    const lifetime = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let looking = false;
    let again = false;
    let latest = first.current;
    let latestText: string | null = null;

    const plan = () => {
      clearTimeout(timer);
      if (!document.hidden && !lifetime.signal.aborted) timer = setTimeout(look, pauseMs(latest));
    };
    const look = async () => {
      clearTimeout(timer);
      if (looking) {
        again = true;
        return;
      }
      looking = true;
      try {
        const signal = AbortSignal.any([lifetime.signal, AbortSignal.timeout(20_000)]);
        const { text, response } = await getText(path, signal);
        const nowMs = Date.now();
        const skewMs = Date.parse(response.headers.get("date") ?? "") - nowMs;
        // What did not change stays the same object, so that nothing on the page is worked out again.
        if (text !== latestText) latest = JSON.parse(text) as T;
        latestText = text;
        const value = latest;
        setState({
          value,
          checkedAtMs: nowMs,
          skewMs: Math.abs(skewMs) > MIN_SKEW_MS ? skewMs : 0,
          trouble: null,
          gone: false,
        });
      } catch (thrown) {
        if (lifetime.signal.aborted) return;
        const gone = thrown instanceof RequestFailure && thrown.status === 404;
        setState((before) => ({ ...before, trouble: gone ? null : describeFailure(thrown), gone }));
        if (gone) return;
      } finally {
        looking = false;
      }
      if (again) {
        again = false;
        void look();
      } else {
        plan();
      }
    };
    const onVisibility = () => {
      if (document.hidden) clearTimeout(timer);
      else void look();
    };

    lookAgain.current = () => void look();
    document.addEventListener("visibilitychange", onVisibility);
    void look();
    return () => {
      lifetime.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisibility);
    };
  }, [path]);

  const refresh = useCallback(() => lookAgain.current(), []);
  return { ...state, refresh };
}
