"use client";

import { useEffect, useRef, useState } from "react";
import { useNow } from "@/components/hooks/use-now";
import { Card, CardContent } from "@/components/ui/card";
import { useDeploymentPage } from "./context";
import { Failure } from "./failure";
import { toPlainLine } from "./log-buffer";
import { buildTimeline, findFocusedStep, toPhase } from "./step-display";
import { StepRow } from "./step-row";

export interface StepsPanelProps {
  /** The server's time at which it rendered the page, so that the first render is the same in the browser. */
  renderedAtMs: number;
  /** How far the server's clock is ahead of the browser's. */
  skewMs: number;
}

/** Timeline of the deployment's steps while they run, or up to the one that failed. */
export function StepsPanel({ renderedAtMs, skewMs }: StepsPanelProps) {
  const { view } = useDeploymentPage();
  const phase = toPhase(view.status);
  const nowMs = useNow(renderedAtMs - skewMs, 100, phase === "progress") + skewMs;
  const steps = buildTimeline(view, nowMs);
  const focused = findFocusedStep(steps);
  const failed = phase === "failed" ? steps.find((step) => step.state === "failed") : undefined;
  const failedLive = useFailedWhileWatched(phase === "failed");

  if (phase === "failed" && !failed && view.error) {
    // The server went live and failed later, so the steps before do not explain the failure.
    return <Failure error={view.error} log={[]} remedy="restart" takeFocus={failedLive} />;
  }
  return (
    <Card>
      <CardContent className="grid gap-4">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
          <h2 className="font-semibold text-base leading-6">
            {phase === "failed" ? "Deployment failed" : "Deploying"}
          </h2>
          <p className="text-muted-foreground text-xs">
            {phase === "failed"
              ? "A retry continues at the failed step, with the same machine and values."
              : "This continues if you close the page."}
          </p>
        </div>
        <ol className="grid min-w-0">
          {steps.map((step) => (
            <li key={step.name} className="min-w-0">
              <StepRow step={step} />
              {failed && step === failed && (
                <div className="my-2 sm:ml-7">
                  {step.error && <Failure error={step.error} log={step.log} remedy="retry" takeFocus={failedLive} />}
                </div>
              )}
            </li>
          ))}
        </ol>
        {phase === "progress" && <Tail lines={focused?.log ?? []} />}
      </CardContent>
    </Card>
  );
}

/** Number of lines that fit into the frame. */
const TAIL_LINES = 6;

/** Last lines of the log, in a frame of fixed height, so that the page does not jump. */
function Tail({ lines }: { lines: string[] }) {
  return (
    <section
      aria-label="End of the log"
      className="flex h-[9.125rem] min-w-0 flex-col justify-end overflow-hidden rounded-lg border bg-muted/60 px-4 py-3"
    >
      {lines.length === 0 ? (
        <p className="m-auto text-muted-foreground text-xs">No output yet.</p>
      ) : (
        lines.slice(-TAIL_LINES).map((line, index) => (
          // Lines have no identity but their position.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <p key={index} className="shrink-0 truncate font-mono text-xs leading-5">
            {toPlainLine(line) || "\u00a0"}
          </p>
        ))
      )}
    </section>
  );
}

/** Tells whether the failure happened after the page was opened. */
function useFailedWhileWatched(failed: boolean): boolean {
  const atFirst = useRef(failed);
  const [watched, setWatched] = useState(false);
  useEffect(() => {
    if (!failed) atFirst.current = false;
    setWatched(failed && !atFirst.current);
  }, [failed]);
  return watched;
}
