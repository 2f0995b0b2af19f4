/** One step of an analysis as it happens. An event replaces the earlier one of the same `step`. */
export interface AnalysisProgress {
  /** Stable within one analysis: "repository", "files", "server.json", "readme", "package", "model" … */
  step: string;
  /** A sentence without a full stop, for the person who waits. */
  label: string;
  status: "running" | "done" | "skipped" | "failed";
  /** What was found, or why it was skipped. */
  detail?: string;
}

export type Report = (event: AnalysisProgress) => void;
