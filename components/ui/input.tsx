"use client";

import type { ComponentProps } from "react";
import { cn } from "@/lib/util/class-names";
import { useFieldControl } from "./field-control";
import { controlClasses } from "./input-classes";

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
