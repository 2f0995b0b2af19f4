"use client";

import { useSyncExternalStore } from "react";
import { checkPublicUrl } from "@/lib/setup/public-url";
import { CheckRow, PendingRow } from "./check-row";

const TITLE = "Public URL";

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

/** Checks in the browser that connector URLs begin with the address that the browser opened. */
export function PublicUrlRow({ publicUrl }: { publicUrl: string }) {
  const origin = useBrowserOrigin();
  if (origin === null) return <PendingRow title={TITLE} />;
  return <CheckRow title={TITLE} result={checkPublicUrl(publicUrl, origin)} />;
}
