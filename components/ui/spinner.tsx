import { LoaderCircle } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "@/lib/utils";

/** Turning circle. With a `label` it is announced; without, it is decoration beside words that say the same. */
export function Spinner({ className, label, ...props }: ComponentProps<typeof LoaderCircle> & { label?: string }) {
  return (
    <LoaderCircle
      role={label ? "status" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
      className={cn("size-4 shrink-0 animate-spin", className)}
      {...props}
    />
  );
}
