"use client";

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { readError } from "@/components/hooks/api-request";
import type { Arguments } from "@/components/schema-form/schema-arguments";
import type { ErrorBody } from "@/lib/errors/app-error";
import { type RunEvent, readRunEvents } from "./run-events";
import { type Progress, readOutcome, readProgress, type ToolOutcome } from "./tool-result";

/** One tool run. The page keeps it in memory only. */
export interface ToolRun {
  id: number;
  tool: string;
  arguments: Arguments;
  startedAtMs: number;
  state: "running" | "answered" | "failed" | "cancelled";
  progress: Progress | null;
  /** Last 200 messages before the response. */
  messages: unknown[];
  request: unknown;
  response: unknown;
  /** Content of the response, or null before it. */
  outcome: ToolOutcome | null;
  /** Measured by the app, or by the browser for a canceled or failed run. */
  durationMs: number | null;
  error: ErrorBody | null;
}

const MAX_RUNS = 30;
const MAX_MESSAGES = 200;

const CONNECTION_LOST: ErrorBody = {
  code: "internal",
  message: "The connection to Catwalk was lost before the answer.",
  hint: "The tool may have run. Check the log before you run it again.",
  docs: "docs/errors.md#internal",
};

export interface ToolRuns {
  /** Newest first. */
  runs: ToolRun[];
  run: (tool: string, args: Arguments) => void;
  cancel: (id: number) => void;
}

/** Runs a deployment's tools, also several at once. Leaving the page cancels them. */
export function useToolRuns(deploymentId: string): ToolRuns {
  const [runs, setRuns] = useState<ToolRun[]>([]);
  const nextId = useRef(1);
  const controllers = useRef(new Map<number, AbortController>());

  useEffect(() => {
    const running = controllers.current;
    return () => {
      for (const controller of running.values()) controller.abort();
    };
  }, []);

  const change = useCallback((id: number, next: (run: ToolRun) => ToolRun) => {
    setRuns((all) => all.map((run) => (run.id === id ? next(run) : run)));
  }, []);

  const run = useCallback(
    (tool: string, args: Arguments) => {
      const id = nextId.current;
      nextId.current += 1;
      const startedAtMs = Date.now();
      const controller = new AbortController();
      controllers.current.set(id, controller);
      const begun: ToolRun = {
        id,
        tool,
        arguments: args,
        startedAtMs,
        state: "running",
        progress: null,
        messages: [],
        request: null,
        response: null,
        outcome: null,
        durationMs: null,
        error: null,
      };
      setRuns((all) => [begun, ...all].slice(0, MAX_RUNS));

      const fail = (error: ErrorBody) =>
        change(id, (before) => ({ ...before, state: "failed", error, durationMs: Date.now() - startedAtMs }));

      void followRun(deploymentId, tool, args, controller.signal, (event) =>
        change(id, (before) => applyEvent(before, event)),
      )
        .then((complete) => {
          if (!complete) fail(CONNECTION_LOST);
        })
        .catch((thrown: unknown) => {
          if (controller.signal.aborted) {
            change(id, (before) => ({ ...before, state: "cancelled", durationMs: Date.now() - startedAtMs }));
          } else {
            fail(thrown instanceof RefusedRun ? thrown.error : CONNECTION_LOST);
          }
        })
        .finally(() => controllers.current.delete(id));
    },
    [change, deploymentId],
  );

  const cancel = useCallback((id: number) => controllers.current.get(id)?.abort(), []);
  return useMemo(() => ({ runs, run, cancel }), [runs, run, cancel]);
}

class RefusedRun extends Error {
  readonly error: ErrorBody;

  constructor(error: ErrorBody) {
    super(error.message);
    this.error = error;
  }
}

/** Follows one run. Resolves to true when its last event arrived. */
async function followRun(
  deploymentId: string,
  tool: string,
  args: Arguments,
  signal: AbortSignal,
  onEvent: (event: RunEvent) => void,
): Promise<boolean> {
  const response = await fetch(`/deployments/${deploymentId}/run`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ tool, arguments: args }),
    signal,
  });
  if (!response.ok || !response.body) throw new RefusedRun((await readError(response)) ?? CONNECTION_LOST);
  for await (const event of readRunEvents(response.body)) {
    onEvent(event);
    if (event.type !== "message") return true;
  }
  return false;
}

function applyEvent(run: ToolRun, event: RunEvent): ToolRun {
  switch (event.type) {
    case "message":
      return {
        ...run,
        messages: [...run.messages, event.message].slice(-MAX_MESSAGES),
        progress: readProgress(event.message) ?? run.progress,
      };
    case "done":
      return {
        ...run,
        state: "answered",
        request: event.request,
        response: event.response,
        outcome: readOutcome(event.response),
        durationMs: event.durationMs,
      };
    case "error":
      return { ...run, state: "failed", error: event.error, durationMs: Date.now() - run.startedAtMs };
  }
}
