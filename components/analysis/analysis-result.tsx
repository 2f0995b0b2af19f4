"use client";

import { RotateCw, Wrench } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Collapsible, CollapsibleContent, CollapsibleTrigger } from "@/components/ui/collapsible";
import { type Deploy, DeployForm } from "./deploy-form";
import { OtherServers } from "./other-servers";
import { Outcome } from "./outcome";
import { ProgressList } from "./progress-list";
import { SourceCard } from "./source-card";
import type { AnalysisRun } from "./use-analysis";

export interface AnalysisResultProps {
  run: Extract<AnalysisRun, { phase: "done" }>;
  deploy: Deploy;
  defaultRegion: string | null;
  onAnalyzeAgain: () => void;
}

/** What an analysis found, and the form that deploys it. */
export function AnalysisResult({ run, deploy, defaultRegion, onAnalyzeAgain }: AnalysisResultProps) {
  const { analysis, steps } = run;
  const [isManual, setIsManual] = useState(false);
  return (
    <>
      <div className="grid min-w-0 gap-3">
        <SourceCard analysis={analysis} />
        <OtherServers servers={analysis.otherServers} />
        <div className="flex flex-wrap items-start justify-between gap-x-4">
          <Collapsible className="min-w-0 flex-1">
            {steps.length > 0 && (
              <>
                <CollapsibleTrigger className="text-left text-[0.8125rem] text-muted-foreground">
                  Show the {steps.length} steps of the analysis
                </CollapsibleTrigger>
                <CollapsibleContent>
                  <ProgressList steps={steps} className="pt-2 pl-1" />
                </CollapsibleContent>
              </>
            )}
          </Collapsible>
          <Button variant="ghost" size="sm" onClick={onAnalyzeAgain}>
            <RotateCw aria-hidden="true" />
            Analyze again
          </Button>
        </div>
      </div>
      <Outcome analysis={analysis} />
      {analysis.kind === "stdio" || isManual ? (
        <DeployForm analysis={analysis} deploy={deploy} defaultRegion={defaultRegion} takesFocus={steps.length > 0} />
      ) : (
        <Button variant="outline" className="justify-self-start" onClick={() => setIsManual(true)}>
          <Wrench aria-hidden="true" />
          Enter the package yourself
        </Button>
      )}
    </>
  );
}
