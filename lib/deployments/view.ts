import type { Alternative, Input, Server } from "../analysis/spec.ts";
import type { RuntimeName } from "../env/runtime-name.ts";
import type { ErrorBody } from "../errors/app-error.ts";
import type { MonthlyCost } from "../runtime/fly/machines/prices.ts";

export const STEP_NAMES = ["queued", "encrypting", "preparing", "installing", "starting", "handshake", "live"] as const;
export type StepName = (typeof STEP_NAMES)[number];
export type StepStatus = "pending" | "running" | "done" | "failed";
export type DeploymentStatus = "pending" | "deploying" | "live" | "sleeping" | "failing" | "stopped" | "deleting";

export interface StepView {
  name: StepName;
  status: StepStatus;
  attempts: number;
  /** ISO 8601. */
  startedAt: string | null;
  endedAt: string | null;
  error: ErrorBody | null;
  /** The end of what was printed during the step, redacted. */
  log: string;
}

/** A tool as the server lists it (MCP `Tool`). */
export interface ToolView {
  name: string;
  title?: string;
  description?: string;
  inputSchema: Record<string, unknown>;
  [field: string]: unknown;
}

/** One input with whether it has a value; the value itself only where it is no secret. */
export interface InputView extends Input {
  isSet: boolean;
  value: string | null;
  updatedAt: string | null;
}

/** The machine of a deployment, where the runtime gives a choice (Fly). */
export interface MachineView {
  /** The platform's name of a place; null while it is the one of the settings. */
  region: string | null;
  memoryMb: number;
  alwaysOn: boolean;
  /** What it is doing, in a sentence. */
  state: string;
  /** It was changed or destroyed from outside, and can be put right. */
  canRepair: boolean;
  /** The last change of these settings, while it is under way and when it failed; null else. */
  change: MachineChangeView | null;
  /** Estimates in US dollars for a month, before taxes and traffic. */
  cost: MonthlyCost;
}

export interface MachineChangeView {
  /** `move`: a second machine takes the first one's place when it has answered. `resize`: the machine itself is changed. */
  kind: "move" | "resize";
  state: "running" | "failed";
  /** What it is to have. */
  to: { region: string | null; memoryMb: number; alwaysOn: boolean };
  /** ISO 8601. */
  startedAt: string;
  /** Why it failed; the machine then serves as it did before. */
  error: ErrorBody | null;
}

/** A deployment as its owner sees it, in the pages and through the API. Times are ISO 8601. */
export interface DeploymentView {
  id: string;
  name: string;
  source: string;
  status: DeploymentStatus;
  /** The connector URL. */
  url: string;
  runtime: RuntimeName;
  /** Absent where machines have no settings. */
  machine?: MachineView | null;
  spec: Server;
  inputs: InputView[];
  /** Groups of inputs of which one branch has to be given. */
  alternatives: Alternative[];
  steps: StepView[];
  /** What the last handshake answered. */
  server: { name: string; version: string; protocolVersion: string } | null;
  instructions: string | null;
  tools: ToolView[];
  error: ErrorBody | null;
  createdAt: string;
  updatedAt: string;
  lastCallAt: string | null;
}

export interface DeploymentSummary {
  id: string;
  name: string;
  source: string;
  status: DeploymentStatus;
  url: string;
  package: string | null;
  version: string | null;
  toolCount: number;
  error: ErrorBody | null;
  createdAt: string;
  lastCallAt: string | null;
}

export interface AccessKeyView {
  id: string;
  name: string;
  prefix: string;
  createdAt: string;
  lastUsedAt: string | null;
}

export interface CallView {
  id: string;
  at: string;
  method: string;
  target: string | null;
  httpStatus: number;
  errorCode: number | null;
  durationMs: number;
  requestBytes: number;
  responseBytes: number;
  client: string | null;
  accessKey: string | null;
}
