"use client";

import type { ComponentProps } from "react";
import { cn } from "@/lib/util/class-names";
import { useFieldControl } from "./field-control";
import { controlClasses } from "./input-classes";

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return (
    <textarea
      data-slot="textarea"
      className={cn(controlClasses, "field-sizing-content min-h-20 px-3 py-2 read-only:bg-muted", className)}
      {...props}
      {...useFieldControl(props)}
    />
  );
}
