import type { InputFinding } from "../inputs/findings.ts";
import type { Needs } from "./flow.ts";

/** One place in the source that reads a variable. */
export interface Read {
  key: string;
  path: string;
  /** 1-based. */
  line: number;
  /** What the code takes without the variable: nothing, a value that is written there, or something worked out. */
  fallback: "none" | "literal" | "computed";
  /** The written value. */
  value: string | null;
  /** It serves only a network transport or a vendor's own hosting. */
  isHosting: boolean;
  /** A comment beside it. */
  comment: string | null;
  type?: InputFinding["type"];
  choices?: string[] | null;
  description?: string | null;
  isSecret?: boolean;
  /** The constant of its file that holds the value. */
  constant?: string;
}

/** A function, or the code of a file outside of all functions. */
export interface Flow {
  path: string;
  /** "Class.method", "function", or null for the file's own code. */
  name: string | null;
  /** It is handed over to be called for a request: a tool's handler. */
  isHandler: boolean;
  isHosting: boolean;
  needs: Needs;
  calls: Call[];
}

export interface Call {
  /** "function", "Class.method" or ".method". */
  name: string;
  /** What it throws is caught there and goes no further. */
  isCaught: boolean;
  /** It stands behind `or`, or in one branch of an expression, and may never be made. */
  isBranch: boolean;
}

export interface ScanResult {
  reads: Read[];
  flows: Flow[];
  /** Flags and declared variables. */
  options: InputFinding[];
  /** A flag and the variable that does the same. */
  links: { key: string; flag: string }[];
}

export function emptyScan(): ScanResult {
  return { reads: [], flows: [], options: [], links: [] };
}

/** Names of functions that serve a network transport or a host of functions. */
export function isHostingName(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/^_+/, "");
  return /^(start|run|serve|launch|listen)_?(http|https|sse|streamable_?http|express|web|rest|websocket|remote)(_?(server|transport|app|mode))?$|^((create|setup|init|handle|make|build)_)?(http|https|sse|streamable_?http|express|web|rest|websocket|remote|lambda|worker)_?(server|transport|app|mode|handler|entry|endpoint)s?$/i.test(
    words,
  );
}
