import type { ComponentProps } from "react";
import { cn } from "@/lib/util/class-names";

export interface ProgressProps extends Omit<ComponentProps<"progress">, "value" | "max"> {
  /** In percent; null while it is not known. */
  value: number | null;
}

/** The browser's progress bar in the look of the page. */
export function Progress({ className, value, ...props }: ProgressProps) {
  return (
    <progress
      data-slot="progress"
      max={100}
      value={value ?? undefined}
      className={cn(
        "block h-1 w-full appearance-none overflow-hidden rounded-full border-0 bg-muted-foreground/15",
        "[&::-webkit-progress-bar]:bg-transparent [&::-webkit-progress-value]:bg-brand [&::-webkit-progress-value]:transition-[inline-size] [&::-webkit-progress-value]:duration-300",
        "[&::-moz-progress-bar]:bg-brand [&:indeterminate::-moz-progress-bar]:bg-transparent",
        "forced-colors:border forced-colors:[&::-moz-progress-bar]:bg-[Highlight] forced-colors:[&::-webkit-progress-value]:bg-[Highlight]",
        className,
      )}
      {...props}
    />
  );
}
