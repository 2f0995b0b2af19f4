"use client";

import { usePathname } from "next/navigation";
import { useEffect, useRef } from "react";

/**
 * When another page has come in place of the one that held the focus, the focus goes to what the new page is about. Where it still is
 * somewhere, as in the bar or at a field that took it, it stays.
 */
export function FocusOnNavigation({ targetId }: { targetId: string }) {
  const path = usePathname();
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    const { activeElement, body } = document;
    if (activeElement && activeElement !== body) return;
    document.getElementById(targetId)?.focus({ preventScroll: true });
  }, [path, targetId]);
  return null;
}
