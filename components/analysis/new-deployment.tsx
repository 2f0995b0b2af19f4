"use client";

import { CircleAlert, RotateCw } from "lucide-react";
import dynamic from "next/dynamic";
import { useSearchParams } from "next/navigation";
import { type ReactNode, useEffect, useEffectEvent, useRef, useState } from "react";
import { PageHeader } from "@/components/shell/page-header";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { Analysis } from "@/lib/analysis/spec";
import type { ErrorCode } from "@/lib/errors/codes";
import type { Deploy } from "./deploy-form";
import { ExampleList } from "./example-list";
import { ProgressList } from "./progress-list";
import { SourceChoices } from "./source-choices";
import { SourceForm } from "./source-form";
import { type AnalysisRun, useAnalysis } from "./use-analysis";

/** Loads most of the page's code, which is needed only once there is an analysis. */
const loadResult = () => import("./analysis-result").then((result) => result.AnalysisResult);
const AnalysisResult = dynamic(loadResult, {
  loading: () => <Skeleton className="h-96" />,
});

export interface NewDeploymentProps {
  /** Analysis that the address names, or null. */
  analysis: Analysis | null;
  deploy: Deploy;
  /** Label of the default region, such as "Frankfurt (fra)", or null where machines have no settings. */
  defaultRegion: string | null;
  /** What the person should know before they begin. */
  notice?: ReactNode;
}

/** Errors about the pasted text, which are shown at its field. */
const SOURCE_ERRORS: readonly ErrorCode[] = ["invalid_source", "source_not_found"];

function setAddress(query: Record<string, string>): void {
  const search = new URLSearchParams(query).toString();
  window.history.replaceState(null, "", search === "" ? "/new" : `/new?${search}`);
}

/** Page from a pasted source to a deployment. The address holds the progress, so that a reload shows the same analysis. */
export function NewDeployment({ analysis, deploy, defaultRegion, notice }: NewDeploymentProps) {
  const { run, start, show, reset } = useAnalysis(analysis);
  const params = useSearchParams();
  const wantedSource = params.get("source");
  const wantedAnalysis = params.get("analysis");
  const [source, setSource] = useState(wantedSource ?? analysis?.source.canonical ?? "");
  const result = useRef<HTMLDivElement>(null);

  const begin = (text: string, isFresh = false) => {
    setSource(text);
    setAddress({ source: text });
    start(text, isFresh);
  };

  // The address differs from the page after a navigation: a link with a source, or the link "New" in the top bar.
  const followAddress = useEffectEvent(() => {
    if (wantedAnalysis !== null && analysis?.id === wantedAnalysis) {
      if (run.phase !== "done" || run.analysis.id !== wantedAnalysis) show(analysis);
    } else if (wantedSource !== null) {
      if (run.phase === "idle" || run.source !== wantedSource) {
        setSource(wantedSource);
        start(wantedSource);
      }
    } else if (run.phase !== "idle") {
      setSource("");
      reset();
    }
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: followAddress reads both; they are what it follows
  useEffect(followAddress, [wantedSource, wantedAnalysis]);

  const isRunning = run.phase === "running";
  useEffect(() => {
    if (isRunning) loadResult().catch(() => undefined);
  }, [isRunning]);

  const doneId = run.phase === "done" && run.steps.length > 0 ? run.analysis.id : null;
  useEffect(() => {
    if (doneId === null) return;
    setAddress({ source, analysis: doneId });
    result.current?.focus({ preventScroll: true });
  }, [doneId, source]);

  const boxError = run.phase === "failed" && SOURCE_ERRORS.includes(run.error.code) ? run.error : null;
  return (
    <div className="mx-auto grid max-w-3xl grid-cols-1 gap-8">
      <div className="-mb-8">
        <PageHeader
          title="New deployment"
          description="Paste an MCP server’s repository or package. Nothing runs until you select Deploy."
        />
      </div>
      {notice}
      <SourceForm
        source={source}
        autoFocus={run.phase === "idle"}
        isBusy={isRunning}
        error={boxError && [boxError.message, boxError.hint].filter(Boolean).join(" ")}
        onAnalyze={(text) => begin(text)}
      />
      <p role="status" className="sr-only">
        {describeRun(run)}
      </p>
      {run.phase === "idle" && <ExampleList onPick={(text) => begin(text)} />}
      {run.phase === "running" && (
        <Running
          run={run}
          onCancel={() => {
            setAddress({});
            reset();
          }}
        />
      )}
      {run.phase === "failed" && run.error.choices && (
        <SourceChoices error={run.error} choices={run.error.choices} onChoose={(text) => begin(text)} />
      )}
      {run.phase === "failed" && !boxError && !run.error.choices && (
        <div className="grid grid-cols-1 gap-4">
          <Alert variant="destructive" role="presentation">
            <CircleAlert aria-hidden="true" />
            <AlertTitle>{run.error.message}</AlertTitle>
            {run.error.hint && <AlertDescription>{run.error.hint}</AlertDescription>}
          </Alert>
          <ProgressList steps={run.steps} />
          <Button variant="outline" className="justify-self-start" onClick={() => begin(run.source)}>
            <RotateCw aria-hidden="true" />
            Try again
          </Button>
        </div>
      )}
      {run.phase === "done" && (
        <div ref={result} tabIndex={-1} className="grid min-w-0 gap-8 outline-none">
          <AnalysisResult
            key={run.analysis.id}
            run={run}
            deploy={deploy}
            defaultRegion={defaultRegion}
            onAnalyzeAgain={() => begin(source, true)}
          />
        </div>
      )}
    </div>
  );
}

function describeRun(run: AnalysisRun): string {
  switch (run.phase) {
    case "idle":
      return "";
    case "running":
      return run.steps.findLast((step) => step.status === "running")?.label ?? "Analyzing";
    case "failed":
      return `The analysis failed. ${run.error.message}`;
    case "done":
      return "The analysis is complete.";
  }
}

/** Steps of the running analysis. Reserves room for the usual number of steps, so that the page does not jump. */
function Running({ run, onCancel }: { run: Extract<AnalysisRun, { phase: "running" }>; onCancel: () => void }) {
  return (
    <section aria-label="Analysis" className="grid min-h-80 grid-cols-1 content-start gap-2">
      <div className="flex items-center justify-between gap-4">
        <h2 className="min-w-0 truncate font-semibold text-base">Reading {run.source}</h2>
        <Button variant="outline" size="sm" onClick={onCancel}>
          Cancel
        </Button>
      </div>
      <ProgressList steps={run.steps} />
    </section>
  );
}
