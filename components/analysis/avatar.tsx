"use client";

import { useState } from "react";

export interface AvatarProps {
  /** URL that GitHub's API returned. Only pictures on GitHub's own host are shown. */
  url: string | null;
}

/** Picture of a repository's owner. Renders nothing when there is none or it does not load. */
export function Avatar({ url }: AvatarProps) {
  const [isBroken, setIsBroken] = useState(false);
  if (isBroken || !url?.startsWith("https://avatars.githubusercontent.com/")) return null;
  return (
    // biome-ignore lint/performance/noImgElement: Next's optimizer would fetch another site's picture from the server
    <img
      // Loading may have failed before React hydrated and attached onError.
      ref={(image) => {
        if (image?.complete && image.naturalWidth === 0) setIsBroken(true);
      }}
      src={url}
      alt=""
      width={40}
      height={40}
      referrerPolicy="no-referrer"
      onError={() => setIsBroken(true)}
      className="size-10 shrink-0 rounded-lg border bg-muted"
    />
  );
}
