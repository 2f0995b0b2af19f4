"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { AnalysisProgress } from "@/lib/analysis/progress";
import type { Analysis } from "@/lib/analysis/spec";
import type { ErrorBody } from "@/lib/errors/app-error";
import { parseEvents } from "@/lib/http/sse";

export type AnalysisRun =
  | { phase: "idle" }
  | { phase: "running"; source: string; steps: AnalysisProgress[] }
  | { phase: "done"; source: string; steps: AnalysisProgress[]; analysis: Analysis }
  | { phase: "failed"; source: string; steps: AnalysisProgress[]; error: ErrorBody };

/** An analysis of a server with many inputs stays far below it. */
const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;

const UNREACHABLE: ErrorBody = {
  code: "internal",
  message: "The analysis stopped, because Catwalk does not answer.",
  hint: "Try again in a moment.",
  docs: "docs/errors.md#internal",
};

/** Adds a step, or replaces the earlier event of the same step. */
function replaceStep(steps: AnalysisProgress[], event: AnalysisProgress): AnalysisProgress[] {
  const index = steps.findIndex(({ step }) => step === event.step);
  return index < 0 ? [...steps, event] : steps.with(index, event);
}

/** Marks running steps as failed, for an analysis that failed. */
function failRunningSteps(steps: AnalysisProgress[]): AnalysisProgress[] {
  return steps.map((step) => (step.status === "running" ? { ...step, status: "failed" } : step));
}

async function runAnalysis(
  source: string,
  isFresh: boolean,
  signal: AbortSignal,
  onProgress: (event: AnalysisProgress) => void,
): Promise<{ analysis: Analysis } | { error: ErrorBody }> {
  const response = await fetch("/api/analyze", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ repo_url: source, fresh: isFresh }),
    signal,
  });
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    const body: { error?: ErrorBody } = await response.json();
    return { error: body.error ?? UNREACHABLE };
  }
  if (!response.body) return { error: UNREACHABLE };
  for await (const { event, data } of parseEvents(response.body, { maxCharacters: MAX_EVENT_CHARACTERS })) {
    if (event === "progress") onProgress(JSON.parse(data));
    if (event === "result") return { analysis: JSON.parse(data) };
    if (event === "error") {
      const body: { error: ErrorBody } = JSON.parse(data);
      return body;
    }
  }
  return { error: UNREACHABLE };
}

export interface AnalysisControl {
  run: AnalysisRun;
  /** `isFresh` ignores cached results, also for a known revision. */
  start: (source: string, isFresh?: boolean) => void;
  show: (analysis: Analysis) => void;
  /** Returns to the start and cancels the running analysis, on the server too. */
  reset: () => void;
}

function toDoneRun(analysis: Analysis): AnalysisRun {
  return { phase: "done", source: analysis.source.canonical, steps: [], analysis };
}

/** Runs one analysis at a time and collects its steps. Leaving the page cancels it. */
export function useAnalysis(initial: Analysis | null): AnalysisControl {
  const [run, setRun] = useState<AnalysisRun>(() => (initial ? toDoneRun(initial) : { phase: "idle" }));
  const current = useRef<AbortController>(undefined);

  const reset = useCallback(() => {
    current.current?.abort();
    setRun({ phase: "idle" });
  }, []);

  const show = useCallback((analysis: Analysis) => {
    current.current?.abort();
    setRun(toDoneRun(analysis));
  }, []);

  const start = useCallback((source: string, isFresh = false) => {
    current.current?.abort();
    const controller = new AbortController();
    current.current = controller;
    let steps: AnalysisProgress[] = [];
    setRun({ phase: "running", source, steps });
    const finish = (next: AnalysisRun) => {
      if (!controller.signal.aborted) setRun(next);
    };
    runAnalysis(source, isFresh, controller.signal, (event) => {
      steps = replaceStep(steps, event);
      finish({ phase: "running", source, steps });
    }).then(
      (outcome) =>
        finish(
          "analysis" in outcome
            ? { phase: "done", source, steps, analysis: outcome.analysis }
            : { phase: "failed", source, steps: failRunningSteps(steps), error: outcome.error },
        ),
      () => finish({ phase: "failed", source, steps: failRunningSteps(steps), error: UNREACHABLE }),
    );
  }, []);

  useEffect(() => () => current.current?.abort(), []);
  return { run, start, show, reset };
}
