import type { ClipboardEvent } from "react";

/**
 * Returns a one-line field's new text when the pasted text has several lines, and takes over the paste. A browser would strip the line
 * breaks, which makes a private key invalid. Returns null for one line, whose trailing line break the browser may strip.
 */
export function joinPastedLines(event: ClipboardEvent<HTMLInputElement>): string | null {
  const text = event.clipboardData.getData("text/plain");
  if (!/[\r\n]/.test(text.trim())) return null;
  event.preventDefault();
  const { value, selectionStart, selectionEnd } = event.currentTarget;
  return value.slice(0, selectionStart ?? value.length) + text + value.slice(selectionEnd ?? value.length);
}
