"use client";

import { useSyncExternalStore } from "react";
import { checkPublicUrl } from "@/lib/setup/public-url";
import { CheckRow, PendingRow } from "./check-row";

const TITLE = "Public URL";

function subscribeToNothing(): () => void {
  return () => {};
}

/** Where this page was opened; null while it is made on the server, which cannot know. */
export function useBrowserOrigin(): string | null {
  return useSyncExternalStore(
    subscribeToNothing,
    () => window.location.origin,
    () => null,
  );
}

/** The one check that only the browser can make: whether connector URLs begin with the address that it has itself. */
export function PublicUrlRow({ publicUrl }: { publicUrl: string }) {
  const origin = useBrowserOrigin();
  if (origin === null) return <PendingRow title={TITLE} />;
  return <CheckRow title={TITLE} result={checkPublicUrl(publicUrl, origin)} />;
}
