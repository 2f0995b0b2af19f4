import { Ban, CircleCheck, CircleX, LoaderCircle, type LucideIcon } from "lucide-react";
import type { ToolRun } from "@/components/deployment/use-tool-runs";
import type { BadgeProps } from "@/components/ui/badge";

export interface RunLook {
  word: string;
  icon: LucideIcon;
  variant: NonNullable<BadgeProps["variant"]>;
}

/** Chooses the icon, word and color for the state of a run. */
export function toRunLook(run: ToolRun): RunLook {
  switch (run.state) {
    case "running":
      return { word: "Running", icon: LoaderCircle, variant: "brand" };
    case "cancelled":
      return { word: "Canceled", icon: Ban, variant: "secondary" };
    case "failed":
      return { word: "Failed", icon: CircleX, variant: "destructive" };
    case "answered": {
      const { outcome } = run;
      if (outcome?.kind === "protocol-error") return { word: "Protocol error", icon: CircleX, variant: "destructive" };
      if (outcome?.kind !== "result") return { word: "Unreadable result", icon: CircleX, variant: "destructive" };
      return outcome.isError
        ? { word: "Tool error", icon: CircleX, variant: "destructive" }
        : { word: "OK", icon: CircleCheck, variant: "success" };
    }
  }
}
