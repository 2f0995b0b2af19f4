"use client";

import { useSyncExternalStore } from "react";

function subscribeToNothing(): () => void {
  return () => {};
}

/** Returns the origin that the browser opened, or null during server rendering. */
export function useBrowserOrigin(): string | null {
  return useSyncExternalStore(
    subscribeToNothing,
    () => window.location.origin,
    () => null,
  );
}
