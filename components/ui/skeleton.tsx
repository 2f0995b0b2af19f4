import type { ComponentProps } from "react";
import { cn } from "@/lib/util/class-names";

/** A place that is being filled. Hidden from assistive technology: say "Loading" once, beside it. */
export function Skeleton({ className, ...props }: ComponentProps<"div">) {
  return (
    <div
      data-slot="skeleton"
      aria-hidden="true"
      className={cn("animate-pulse rounded-md bg-muted-foreground/12", className)}
      {...props}
    />
  );
}
