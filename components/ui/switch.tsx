"use client";

import type { ComponentProps, KeyboardEvent } from "react";
import { cn } from "@/lib/util/class-names";
import { useFieldControl } from "./field-control";

export interface SwitchProps extends Omit<ComponentProps<"input">, "type" | "role" | "onChange"> {
  onCheckedChange?: (isChecked: boolean) => void;
}

/** A switch: the browser's checkbox with that role. Where the system forces its own colors, it looks like the system's checkbox. */
export function Switch({ className, onCheckedChange, ...props }: SwitchProps) {
  return (
    <input
      type="checkbox"
      // biome-ignore lint/a11y/useAriaPropsForRole: a checkbox has its own state, and aria-checked must not be beside it (ARIA in HTML)
      role="switch"
      data-slot="switch"
      className={cn(
        "peer relative inline-flex h-5 w-9 shrink-0 appearance-none items-center rounded-full border border-transparent bg-muted-foreground/45 outline-none transition-colors after:absolute after:-inset-3 after:content-['']",
        "before:size-4 before:translate-x-0.5 before:rounded-full before:bg-background before:shadow-sm before:transition-transform checked:before:translate-x-[1.05rem]",
        "focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-offset-2 focus-visible:ring-offset-background",
        "checked:bg-primary disabled:cursor-not-allowed disabled:opacity-50",
        "forced-colors:appearance-auto forced-colors:before:hidden",
        className,
      )}
      onChange={(event) => onCheckedChange?.(event.target.checked)}
      onKeyDown={toggleOnEnter}
      {...props}
      {...useFieldControl(props)}
    />
  );
}

/** Enter would send the form around the switch, which may start or change a server. */
function toggleOnEnter(event: KeyboardEvent<HTMLInputElement>): void {
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (!event.ctrlKey && !event.metaKey) event.currentTarget.click();
}
