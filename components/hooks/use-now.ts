"use client";

import { useEffect, useState } from "react";

/**
 * Returns the time in ms, updated every `periodMs` while `isActive`.
 *
 * @param initialMs the time of the first render, which must be the same on the server and in the browser
 */
export function useNow(initialMs: number, periodMs: number, isActive: boolean): number {
  const [nowMs, setNowMs] = useState(initialMs);
  useEffect(() => {
    if (!isActive) return;
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), periodMs);
    return () => clearInterval(timer);
  }, [periodMs, isActive]);
  return nowMs;
}
