import type { InputFinding } from "../inputs/findings.ts";
import type { Warning } from "../spec.ts";
import type { Condition, Needs } from "./flow.ts";

/** A read of a variable in the source. */
export interface Read {
  key: string;
  path: string;
  /** 1-based line. */
  line: number;
  /** What the code uses without the variable: nothing, a literal, or a computed value. */
  fallback: "none" | "literal" | "computed";
  /** The literal fallback. */
  value: string | null;
  /** Used only for a network transport or a vendor's own hosting. */
  isHosting: boolean;
  /** Comment beside the read. */
  comment: string | null;
  type?: InputFinding["type"];
  choices?: string[] | null;
  description?: string | null;
  isSecret?: boolean;
  /** It is a field of a class or schema of settings that has no default. */
  isMandatory?: boolean;
  /** The file-level constant that holds the value. */
  constant?: string;
}

/** A function, or the file-level code outside all functions. */
export interface Flow {
  path: string;
  /** "Class.method" or "function"; null for file-level code. */
  name: string | null;
  /** Registered as a handler, so it runs only for a request. */
  isHandler: boolean;
  isHosting: boolean;
  /** Runs only where its file is the program: `if __name__ == "__main__"`. */
  isProgram?: boolean;
  needs: Needs;
  /** What it needs in order not to answer with a text or an object that tells of an error. */
  answers?: Needs;
  /** It is a tool, or answers the calls of tools. */
  isTool?: boolean;
  calls: Call[];
  /** Tools answer that they cannot do their work, and nothing fails. */
  isRefusal?: boolean;
}

/** Several pieces of code of which one runs: the arms of an if/else chain, or of a switch. */
export interface Chain {
  /** How many arms there are. */
  arms: number;
  /** One of them always runs. */
  isWhole: boolean;
}

export interface Call {
  /** Callee as "function", "Class.method" or ".method". */
  name: string;
  /** The caller catches what it throws. */
  isCaught: boolean;
  /** Called after `or` or in one branch of an expression, so perhaps never. */
  isBranch: boolean;
  /** The arm of a chain in which it stands. A named one runs for one word only: `if backend == "file"`, `case "file"`. */
  arm?: { chain: Chain; at: number; isNamed?: boolean } | null;
  /** What has to be there, or not, for the call to be reached, as far as it is about variables. */
  under?: Condition | null;
}

/** What a server is given to sign people in with through its own pages, which it has over HTTP alone. */
export interface SignIn {
  /** All variables that are handed to it. */
  keys: ReadonlySet<string>;
  /** Those of them that hold the server's own address. */
  addresses: ReadonlySet<string>;
}

export interface ScanResult {
  reads: Read[];
  flows: Flow[];
  /** Flags and declared variables. */
  options: InputFinding[];
  /** Arguments that are read by their position. They count where something demands them. */
  positions: InputFinding[];
  /** Variables that stand where a URL has its host. */
  urlHosts: Set<string>;
  /** Variables that are sent as credentials, or beside one, though nothing asks whether they are there. */
  sent: Set<string>;
  /** Those of them of which it is plain that they go out. */
  requested: Set<string>;
  signIns: SignIn[];
  /** Beginnings of variables whose names go on with something that is not known, with the first place that reads one. */
  prefixes: Map<string, Pick<Read, "path" | "line">>;
  /** Those of them behind which flags do the same: `--name` as ACME_NAME. */
  ofFlags: Set<string>;
  /** Pairs of a flag and the variable that does the same. */
  links: { key: string; flag: string }[];
  warnings: Warning[];
}

/** A file that a person wrote stays far below. */
const MAX_FILE_READS = 1_000;
const MAX_FILE_FLOWS = 20_000;
const MAX_FILE_OPTIONS = 500;

export function emptyScan(): ScanResult {
  return {
    reads: [],
    flows: [],
    options: [],
    positions: [],
    urlHosts: new Set(),
    sent: new Set(),
    requested: new Set(),
    signIns: [],
    prefixes: new Map(),
    ofFlags: new Set(),
    links: [],
    warnings: [],
  };
}

/** Adds what one file says to a result, within the bounds of one file. */
export function addScan(result: ScanResult, file: Partial<ScanResult>): void {
  for (const read of file.reads?.slice(0, MAX_FILE_READS) ?? []) result.reads.push(read);
  for (const flow of file.flows?.slice(0, MAX_FILE_FLOWS) ?? []) result.flows.push(flow);
  for (const option of file.options?.slice(0, MAX_FILE_OPTIONS) ?? []) result.options.push(option);
  for (const position of file.positions?.slice(0, MAX_FILE_OPTIONS) ?? []) result.positions.push(position);
  for (const [prefix, place] of file.prefixes ?? [])
    if (!result.prefixes.has(prefix)) result.prefixes.set(prefix, place);
  for (const prefix of file.ofFlags ?? []) result.ofFlags.add(prefix);
  for (const link of file.links?.slice(0, MAX_FILE_OPTIONS) ?? []) result.links.push(link);
}

/** Returns whether a function's name says that it serves a network transport or a function host. */
export function isHostingName(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/^_+/, "");
  return /^(start|run|serve|launch|listen)_?(http|https|sse|streamable_?http|express|web|rest|websocket|remote)(_?(server|transport|app|mode))?$|^((create|setup|init|handle|make|build)_)?(http|https|sse|streamable_?http|express|web|rest|websocket|remote|lambda|worker)_?(server|transport|app|mode|handler|entry|endpoint)s?$/i.test(
    words,
  );
}
