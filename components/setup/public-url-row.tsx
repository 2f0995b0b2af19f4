"use client";

import { checkPublicUrl } from "@/lib/setup/public-url";
import { CheckRow, PendingRow } from "./check-row";
import { useBrowserOrigin } from "./use-browser-origin";

const TITLE = "Public URL";

/** Checks in the browser that connector URLs begin with the address that the browser opened. */
export function PublicUrlRow({ publicUrl }: { publicUrl: string }) {
  const origin = useBrowserOrigin();
  if (origin === null) return <PendingRow title={TITLE} />;
  return <CheckRow title={TITLE} result={checkPublicUrl(publicUrl, origin)} />;
}
