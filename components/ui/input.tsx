"use client";

import type { ComponentProps } from "react";
import { cn } from "@/lib/util/class-names";
import { useFieldControl } from "./field";

/** What every text control looks like. 16 px on touch, below which phones zoom in. */
export const controlClasses = [
  "w-full min-w-0 rounded-md border border-input bg-card text-base text-foreground shadow-xs outline-none md:text-sm",
  "transition-[border-color,box-shadow] duration-150 placeholder:text-muted-foreground/85",
  "focus-visible:border-ring focus-visible:ring-2 focus-visible:ring-ring/30",
  "disabled:cursor-not-allowed disabled:opacity-60",
  "aria-invalid:border-destructive aria-invalid:ring-destructive/25",
];

export function Input({ className, type = "text", ...props }: ComponentProps<"input">) {
  return (
    <input
      data-slot="input"
      type={type}
      className={cn(controlClasses, "h-9 px-3 py-1 read-only:bg-muted pointer-coarse:h-11", className)}
      {...props}
      {...useFieldControl(props)}
    />
  );
}
