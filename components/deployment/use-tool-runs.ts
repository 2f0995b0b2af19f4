"use client";

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Arguments } from "@/components/schema-form/schema-arguments";
import type { ErrorBody } from "@/lib/errors/app-error";
import type { Progress, ToolOutcome } from "./tool-result";

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

/**
 * Sends a run to the server and follows it to its end.
 *
 * @param change called with each change of the run, the last of which ends it
 */
export type FollowRun = (
  begun: ToolRun,
  signal: AbortSignal,
  change: (next: (run: ToolRun) => ToolRun) => void,
) => Promise<void>;

export interface ToolRuns {
  /** Newest first. */
  runs: ToolRun[];
  /** The way to run a tool comes from the tab that does so: the code for it is not for every tab. */
  run: (tool: string, args: Arguments, follow: FollowRun) => void;
  cancel: (id: number) => void;
}

/** Keeps a deployment's tool runs, of which several may be under way, while the person looks at other tabs. Leaving the page cancels them. */
export function useToolRuns(): ToolRuns {
  const [runs, setRuns] = useState<ToolRun[]>([]);
  const nextId = useRef(1);
  const controllers = useRef(new Map<number, AbortController>());

  useEffect(() => {
    const running = controllers.current;
    return () => {
      for (const controller of running.values()) controller.abort();
    };
  }, []);

  const run = useCallback((tool: string, args: Arguments, follow: FollowRun) => {
    const id = nextId.current;
    nextId.current += 1;
    const controller = new AbortController();
    controllers.current.set(id, controller);
    const begun: ToolRun = {
      id,
      tool,
      arguments: args,
      startedAtMs: Date.now(),
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

    const change = (next: (before: ToolRun) => ToolRun) =>
      setRuns((all) => all.map((each) => (each.id === id ? next(each) : each)));
    void follow(begun, controller.signal, change).finally(() => controllers.current.delete(id));
  }, []);

  const cancel = useCallback((id: number) => controllers.current.get(id)?.abort(), []);
  return useMemo(() => ({ runs, run, cancel }), [runs, run, cancel]);
}
