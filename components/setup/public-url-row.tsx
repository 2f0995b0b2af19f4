"use client";

import { useSyncExternalStore } from "react";
import { checkPublicUrl } from "@/lib/setup/public-url";
import { CheckRow, PendingRow } from "./check-row";

const title = "Public URL";

function never(): () => void {
  return () => {};
}

/** Where this page was opened; null while it is made on the server, which cannot know. */
export function useBrowserOrigin(): string | null {
  return useSyncExternalStore(
    never,
    () => window.location.origin,
    () => null,
  );
}

/** The one check that only the browser can make: whether connector URLs begin with the address that it has itself. */
export function PublicUrlRow({ publicUrl }: { publicUrl: string }) {
  const origin = useBrowserOrigin();
  if (origin === null) return <PendingRow title={title} />;
  return <CheckRow title={title} result={checkPublicUrl(publicUrl, origin)} />;
}
