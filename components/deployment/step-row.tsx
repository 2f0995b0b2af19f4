import { Check, Circle, LoaderCircle, X } from "lucide-react";
import { cn } from "@/lib/util/class-names";
import { formatDuration, formatRunning } from "./format";
import type { StepDisplay } from "./step-display";

const LOOKS = {
  pending: { icon: Circle, word: "waiting", className: "text-muted-foreground/50" },
  running: { icon: LoaderCircle, word: "running", className: "text-brand" },
  done: { icon: Check, word: "done", className: "text-success" },
  failed: { icon: X, word: "failed", className: "text-destructive" },
} as const;

/** One step of the timeline; its height is the same in every state. A name that is too long for a phone takes further lines. */
export function StepRow({ step }: { step: StepDisplay }) {
  const { icon: Icon, word, className } = LOOKS[step.state];
  return (
    <div
      data-step={step.name}
      data-state={step.state}
      className="flex min-h-9 min-w-0 items-center gap-3"
      aria-current={step.state === "running" ? "step" : undefined}
    >
      <Icon
        aria-hidden="true"
        className={cn("size-4 shrink-0", className, step.state === "running" && "animate-spin")}
      />
      <span
        className={cn(
          "wrap-anywhere relative line-clamp-3 min-w-0 leading-5",
          step.state === "pending" && "text-muted-foreground",
          (step.state === "running" || step.state === "failed") && "font-medium",
        )}
        title={step.label}
      >
        {step.label}
        <span className="sr-only">, {word}</span>
      </span>
      {step.attempts > 1 && <span className="shrink-0 text-muted-foreground text-xs">attempt {step.attempts}</span>}
      <span className="ml-auto shrink-0 text-muted-foreground text-xs tabular-nums">
        {step.durationMs !== null &&
          (step.state === "running" ? formatRunning(step.durationMs) : formatDuration(step.durationMs))}
      </span>
    </div>
  );
}
