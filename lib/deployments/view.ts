import type { Alternative, Input, Server } from "../analysis/spec.ts";
import type { RuntimeName } from "../env/runtime-name.ts";
import type { ErrorBody } from "../errors/app-error.ts";
import type { MonthlyCost } from "../runtime/fly/machines/prices.ts";

export const STEP_NAMES = ["queued", "encrypting", "preparing", "installing", "starting", "handshake", "live"] as const;
export type StepName = (typeof STEP_NAMES)[number];
export type StepStatus = "pending" | "running" | "done" | "failed";
export const DEPLOYMENT_STATUSES = [
  "pending",
  "deploying",
  "live",
  "sleeping",
  "failing",
  "stopped",
  "deleting",
] as const;
export type DeploymentStatus = (typeof DEPLOYMENT_STATUSES)[number];
/** How long a server may take to its first answer, in seconds: the least, which is the default, and the most. */
export const MIN_START_TIMEOUT_S = 60;
export const MAX_START_TIMEOUT_S = 900;
/** The state that the owner asked for. The status follows once Catwalk has reached it. */
export type DesiredStatus = "running" | "stopped" | "deleted";

export interface StepView {
  name: StepName;
  status: StepStatus;
  attempts: number;
  /** ISO 8601. */
  startedAt: string | null;
  endedAt: string | null;
  error: ErrorBody | null;
  /** The last 8 KB that were printed during the step, redacted. */
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

/**
 * An input and whether a value is stored for it. The value itself is present only where it is not a secret; where none is stored, it
 * is the prefilled one that the server gets.
 */
export interface InputView extends Input {
  isSet: boolean;
  value: string | null;
  updatedAt: string | null;
}

/** The machine of a deployment, where the runtime gives a choice (Fly). */
export interface MachineView {
  /** The platform's code of a region; null for the one in the settings. */
  region: string | null;
  memoryMb: number;
  alwaysOn: boolean;
  /** Its state, as a sentence. */
  state: string;
  /** It was changed or destroyed from outside, and a repair can recreate it. */
  canRepair: boolean;
  /** The change of these settings that is running or has failed, or null. */
  change: MachineChangeView | null;
  /** Estimates in US dollars for a month, before taxes and traffic. */
  cost: MonthlyCost;
}

export interface MachineChangeView {
  /** `move`: a secondary machine takes over once it has answered. `resize`: the machine itself is changed. */
  kind: "move" | "resize";
  state: "running" | "failed";
  /** The new settings. */
  to: { region: string | null; memoryMb: number; alwaysOn: boolean };
  /** ISO 8601. */
  startedAt: string;
  /** Why it failed. The machine then serves as before. */
  error: ErrorBody | null;
}

/** A deployment as its owner sees it, in the pages and through the API. Times are ISO 8601. */
export interface DeploymentView {
  id: string;
  name: string;
  source: string;
  status: DeploymentStatus;
  desired: DesiredStatus;
  /** The connector URL. */
  url: string;
  runtime: RuntimeName;
  /** Null where the runtime's machines have no settings. */
  machine?: MachineView | null;
  spec: Server;
  /** False: install scripts do not run, and nothing is built from source. */
  runInstallScripts: boolean;
  inputs: InputView[];
  /** Groups of inputs of which the person must give one branch. */
  alternatives: Alternative[];
  /** How the server was installed otherwise, after newer dependencies broke it, as a sentence; null for a plain install. */
  installNote: string | null;
  /** How long the server may take to its first answer, in seconds. */
  startTimeoutS: number;
  /** Absolute path of the server's home on its machine, which "{home}" at the beginning of a path stands for. */
  homePath: string;
  steps: StepView[];
  /** From the last handshake, or null before the first. */
  server: { name: string; version: string; protocolVersion: string } | null;
  instructions: string | null;
  /** What the server answered against the specification of MCP, each as a sentence. */
  warnings: string[];
  tools: ToolView[];
  error: ErrorBody | null;
  /** Calls are recorded with their requests and responses, encrypted. */
  recordsPayloads: boolean;
  createdAt: string;
  updatedAt: string;
  lastCallAt: string | null;
}

export interface DeploymentSummary {
  id: string;
  name: string;
  source: string;
  status: DeploymentStatus;
  desired: DesiredStatus;
  url: string;
  package: string | null;
  version: string | null;
  toolCount: number;
  error: ErrorBody | null;
  createdAt: string;
  lastCallAt: string | null;
}

/** Deployments on one page of the list: about 150 KB of HTML, and more than a screen shows. */
export const LIST_PAGE_ROWS = 30;

/** One page of a person's deployments. */
export interface DeploymentPage {
  deployments: DeploymentSummary[];
  /** Where the next page begins, or null on the last. */
  nextCursor: string | null;
}

export interface AccessKeyView {
  id: string;
  name: string;
  prefix: string;
  /** The e-mail address of the person whom it belongs to. */
  person: string;
  deploymentId: string;
  /** The deployment's name. */
  deployment: string;
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
  /** The tool itself failed: its result says `isError`. */
  isToolError: boolean;
  /** The connected client that called, and the e-mail address of the person who allowed it; null for a call with an access key. */
  connectedClient: { name: string; person: string } | null;
  /** E-mail address of the person who called, by either credential or on the page. */
  person: string | null;
  /** The request and the response were recorded. */
  hasPayload: boolean;
}

/** One page of a deployment's calls. */
export interface CallPage {
  calls: CallView[];
  /** Where the next page begins, or null on the last. */
  nextCursor: string | null;
}

/** Request and response of a call: the text on the wire, without the server's secrets. */
export interface CallPayloadView {
  request: string;
  response: string;
  /** One of the two was longer than what is kept. */
  isCut: boolean;
}

export interface CallStatsRow {
  /** The tool, the client or the person; null where a call does not say. */
  name: string | null;
  calls: number;
  failures: number;
  /** Half of the calls were at most this long; null without a call. */
  p50Ms: number | null;
  /** 95 of 100 calls were at most this long. */
  p95Ms: number | null;
}

/** The calls of a period. Times are ISO 8601. */
export interface CallStats {
  from: string;
  /** The width of a bar in milliseconds. */
  barMs: number;
  total: CallStatsRow;
  bars: ({ at: string } & Omit<CallStatsRow, "name">)[];
  /** The ten with the most calls. */
  tools: CallStatsRow[];
  clients: CallStatsRow[];
  people: CallStatsRow[];
}
