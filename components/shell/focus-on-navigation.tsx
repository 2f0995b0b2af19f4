"use client";

import { usePathname } from "next/navigation";
import { useEffect, useRef } from "react";

/**
 * Moves the focus to the content after a navigation that removed the focused element. Leaves a focus that is still in the page,
 * such as in the top bar or in an autofocused field.
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
