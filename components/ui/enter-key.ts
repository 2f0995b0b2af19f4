import type { KeyboardEvent } from "react";

/** Keeps the Enter key on a checkbox or a radio button from sending the form around it, which may start or change a server. */
export function ignoreEnter(event: KeyboardEvent): void {
  if (event.key === "Enter") event.preventDefault();
}
