import type { ComponentProps } from "react";
import { cn } from "@/lib/util/class-names";

export function Label({ className, ...props }: ComponentProps<"label">) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the caller names the control with htmlFor, or puts it inside
    <label
      data-slot="label"
      className={cn("min-w-0 break-words font-medium text-sm leading-5 peer-disabled:opacity-60", className)}
      {...props}
    />
  );
}
