"use client";

import { useState } from "react";

export interface AvatarProps {
  /** From a repository's answer: shown only when it is one of GitHub's own pictures. */
  url: string | null;
}

/** The picture of a repository's owner; nothing when there is none or it does not load. */
export function Avatar({ url }: AvatarProps) {
  const [isBroken, setIsBroken] = useState(false);
  if (isBroken || !url?.startsWith("https://avatars.githubusercontent.com/")) return null;
  return (
    // biome-ignore lint/performance/noImgElement: another site's picture, which the optimiser has no business fetching
    <img
      // It may have failed before React was there to hear of it.
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
