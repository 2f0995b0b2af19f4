import { type RunEvent, readRunEvents } from "@/components/deployment/run-events";
import { readOutcome, readProgress } from "@/components/deployment/tool-result";
import type { FollowRun, ToolRun } from "@/components/deployment/use-tool-runs";
import { readError } from "@/components/hooks/api-request";
import type { ErrorBody } from "@/lib/errors/app-error";

const MAX_MESSAGES = 200;

const CONNECTION_LOST: ErrorBody = {
  code: "internal",
  message: "The connection to Catwalk was lost before the answer.",
  hint: "The tool may have run. Check the log before you run it again.",
  docs: "docs/errors.md#internal",
};

/** Returns the function that runs a tool of a deployment. It never rejects: a lost connection ends the run as failed. */
export function createFollowRun(deploymentId: string): FollowRun {
  return async (begun, signal, change) => {
    const end = (state: "failed" | "cancelled", error: ErrorBody | null) =>
      change((run) => ({ ...run, state, error, durationMs: Date.now() - begun.startedAtMs }));
    try {
      const response = await fetch(`/deployments/${deploymentId}/run`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ tool: begun.tool, arguments: begun.arguments }),
        signal,
      });
      if (!response.ok || !response.body) return end("failed", (await readError(response)) ?? CONNECTION_LOST);
      for await (const event of readRunEvents(response.body)) {
        change((run) => applyEvent(run, event));
        if (event.type !== "message") return;
      }
      end("failed", CONNECTION_LOST);
    } catch {
      if (signal.aborted) end("cancelled", null);
      else end("failed", CONNECTION_LOST);
    }
  };
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
