/** One step of a running analysis. An event replaces the earlier one of the same `step`. */
export interface AnalysisProgress {
  /** Stable within one analysis: "repository", "files", "server.json", "readme", "package", "model" … */
  step: string;
  /** Text for the waiting person, without a full stop. */
  label: string;
  status: "running" | "done" | "skipped" | "failed";
  /** What was found, or why the step was skipped. */
  detail?: string;
}

export type Report = (event: AnalysisProgress) => void;
