"use client";

import type { ComponentProps } from "react";
import { cn } from "@/lib/util/class-names";
import { ignoreEnter } from "./enter-key";
import { useFieldControl } from "./field-control";

export interface CheckboxProps extends Omit<ComponentProps<"input">, "type" | "onChange"> {
  onCheckedChange?: (isChecked: boolean) => void;
}

/** The browser's checkbox in the look of the page. Where the system forces its own colors, it looks like the system's. */
export function Checkbox({ className, onCheckedChange, ...props }: CheckboxProps) {
  return (
    <input
      type="checkbox"
      data-slot="checkbox"
      className={cn(
        // The invisible frame around the box is what a finger hits.
        "peer relative grid size-4 shrink-0 appearance-none place-content-center rounded-[0.25rem] border border-muted-foreground/60 bg-card outline-none transition-colors after:absolute after:-inset-3.5 after:content-['']",
        "focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-offset-2 focus-visible:ring-offset-background",
        "checked:border-primary checked:bg-primary",
        "before:hidden before:size-3 before:bg-primary-foreground checked:before:block",
        "before:[clip-path:polygon(21%_46%,37.5%_62%,79%_21%,88%_29%,37.5%_80%,12%_54%)]",
        "disabled:cursor-not-allowed disabled:opacity-50 aria-invalid:border-destructive",
        "forced-colors:appearance-auto forced-colors:before:hidden!",
        className,
      )}
      onChange={(event) => onCheckedChange?.(event.target.checked)}
      onKeyDown={ignoreEnter}
      {...props}
      {...useFieldControl(props)}
    />
  );
}
