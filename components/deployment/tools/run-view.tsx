"use client";

import { useState } from "react";
import { formatDuration, formatRunning } from "@/components/deployment/format";
import { LongText } from "@/components/deployment/long-text";
import { formatJson, type ToolOutcome } from "@/components/deployment/tool-result";
import type { ToolRun } from "@/components/deployment/use-tool-runs";
import { useNow } from "@/components/hooks/use-now";
import { Badge } from "@/components/ui/badge";
import { CopyButton } from "@/components/ui/copy-button";
import { Label } from "@/components/ui/label";
import { Progress } from "@/components/ui/progress";
import { Switch } from "@/components/ui/switch";
import { cn } from "@/lib/util/class-names";
import { ResultParts } from "./result-parts";
import { toRunLook } from "./run-look";

/** One run: its progress, then its result, or the exact protocol messages. */
export function RunView({ run }: { run: ToolRun }) {
  const [isRaw, setIsRaw] = useState(false);
  const { icon: Icon, word, variant } = toRunLook(run);
  const nowMs = useNow(run.startedAtMs, 100, run.state === "running");
  const durationMs = run.durationMs ?? nowMs - run.startedAtMs;

  return (
    <section
      aria-label="Result"
      data-run-state={run.state}
      className="grid min-w-0 gap-4 rounded-xl border bg-muted/40 p-4 sm:p-5"
    >
      <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-2">
        <span role="status">
          <Badge variant={variant}>
            <Icon aria-hidden="true" className={cn(run.state === "running" && "animate-spin")} />
            {word}
          </Badge>
        </span>
        <span className="text-muted-foreground text-xs tabular-nums">
          {run.state === "running" ? formatRunning(durationMs) : formatDuration(durationMs)}
        </span>
        <Label className="ml-auto flex items-center gap-2 font-normal text-muted-foreground">
          <Switch checked={isRaw} onCheckedChange={setIsRaw} />
          Show protocol messages
        </Label>
      </div>
      {run.state === "running" && <RunProgress run={run} />}
      {isRaw ? <RawMessages run={run} /> : <Outcome run={run} />}
    </section>
  );
}

function RunProgress({ run }: { run: ToolRun }) {
  const { progress } = run;
  return (
    <div className="grid gap-2">
      <Progress
        value={progress?.fraction == null ? null : progress.fraction * 100}
        aria-label="Progress"
        className={cn(progress?.fraction == null && "animate-lamp")}
      />
      <p className="h-5 truncate text-muted-foreground text-xs tabular-nums" role="status">
        {progress?.text ?? "Waiting for the result."}
      </p>
    </div>
  );
}

function Outcome({ run }: { run: ToolRun }) {
  switch (run.state) {
    case "running":
      return null;
    case "cancelled":
      return (
        <p className="text-muted-foreground">
          You canceled the run. The server was told to stop, but may have done part of the work.
        </p>
      );
    case "failed":
      return (
        <div className="grid gap-1">
          <p className="break-words font-medium">{run.error?.message}</p>
          {run.error?.hint && <p className="break-words text-muted-foreground">{run.error.hint}</p>}
          {run.error?.detail && <LongText text={run.error.detail} label="Details" className="mt-2" />}
        </div>
      );
    case "answered":
      return run.outcome && <Answer outcome={run.outcome} />;
  }
}

function Answer({ outcome }: { outcome: ToolOutcome }) {
  switch (outcome.kind) {
    case "unreadable":
      return <LongText text={outcome.json} label="Answer" />;
    case "protocol-error":
      return (
        <div className="grid min-w-0 gap-2">
          <p className="break-words font-medium">
            {outcome.message}
            {outcome.code !== null && (
              <span className="ml-2 font-mono text-muted-foreground text-xs">{outcome.code}</span>
            )}
          </p>
          {outcome.data && <LongText text={outcome.data} label="Error data" />}
        </div>
      );
    case "result":
      return (
        <div className="grid min-w-0 gap-4">
          <ResultParts parts={outcome.parts} />
          {outcome.structured !== null && (
            <div className="grid min-w-0 gap-1.5">
              <h4 className="font-medium text-muted-foreground text-xs">Structured content</h4>
              <LongText text={outcome.structured} label="Structured content" />
            </div>
          )}
          {outcome.parts.length === 0 && outcome.structured === null && (
            <p className="text-muted-foreground">The tool returned no content.</p>
          )}
        </div>
      );
  }
}

function RawMessages({ run }: { run: ToolRun }) {
  const messages: [string, unknown][] = [
    ["Request", run.request ?? { method: "tools/call", params: { name: run.tool, arguments: run.arguments } }],
    ...run.messages.map((message): [string, unknown] => ["Message from the server", message]),
    ...(run.response === null ? [] : [["Response", run.response] as [string, unknown]]),
  ];
  return (
    <ol className="grid min-w-0 gap-4">
      {messages.map(([name, message], index) => {
        const text = formatJson(message);
        return (
          // New messages are only added at the end.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <li key={index} className="grid min-w-0 gap-1">
            <div className="flex items-center justify-between">
              <h4 className="font-medium text-muted-foreground text-xs">{name}</h4>
              <CopyButton value={text} label={name.toLowerCase()} />
            </div>
            <LongText text={text} label={name} />
          </li>
        );
      })}
    </ol>
  );
}
