"use client";

import { useState } from "react";

/**
 * Returns an `onCloseAutoFocus` for a dialog that is mounted when it opens. The focus returns to the element that had it then. Radix
 * does so only for a dialog with a trigger of its own.
 */
export function useReturnFocus(): (event: Event) => void {
  const [opener] = useState(() => document.activeElement);
  return (event) => {
    event.preventDefault();
    if (opener instanceof HTMLElement) opener.focus();
  };
}
