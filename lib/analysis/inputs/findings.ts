import { toVisibleText } from "../plain-text.ts";
import type { Input, Provenance, Warning } from "../spec.ts";

/** How a file knows about an input. The merge trusts the kinds in this order. */
export type Evidence =
  /** Declared in a file made for it: server.json, manifest.json, smithery.yaml. */
  | "declared"
  /** Shown in documentation: a README's configuration block or table, an example environment. */
  | "shown"
  /** Mentioned in text that does not say whose it is. It explains an input known from elsewhere, but creates none. */
  | "mentioned"
  /** Read by the code. */
  | "read";

/** What the code does when the value is missing. */
export type WhenMissing =
  /** The server exits or throws while it starts. */
  | "fails"
  /** A later request fails. */
  | "fails-later"
  /** The code falls back to another value. */
  | "default"
  /** Not visible at the place that reads it. */
  | "unknown";

/** One file's facts about one input. Null and absent fields say nothing. */
export interface InputFinding {
  key: string;
  target: Input["target"];
  evidence: Evidence;
  provenance: Provenance;
  required?: boolean | null;
  secret?: boolean | null;
  whenMissing?: WhenMissing;
  /** All tools of the server answer with an error without it. */
  isOfAllTools?: boolean;
  /** The server does not start without it, since the code declares it without a default. */
  isMandatory?: boolean;
  /** The code demands one of several ways at start, and this is needed for one of them. */
  isOfWay?: boolean;
  /** Stands in a list or table of the variables that the server takes. */
  isListed?: boolean;
  /** What the code has without it is worked out and may be nothing: another file, null. */
  isComputed?: boolean;
  label?: string | null;
  description?: string | null;
  type?: Input["type"] | null;
  default?: string | null;
  /** A value that the server does not take by itself, and that a declaration gives it. */
  prefill?: string | null;
  choices?: string[] | null;
  placeholder?: string | null;
  template?: string | null;
  /** Other spellings of an option: "-d" of "--domains". */
  aliases?: string[];
}

export type RunnerRegistry = "npm" | "pypi" | "oci" | "source";

/** A command for running a server, found in one place of the files. */
export interface LaunchFinding {
  registry: RunnerRegistry;
  /** Package or image; null for a command that runs from a checkout. */
  package: string | null;
  version: string | null;
  /** The program of the package, or the file of a checkout, where the command names one. */
  program?: string | null;
  /** The Python module that the command starts with `-m`. */
  module?: string | null;
  /** Extras of a Python package. */
  extras?: string[];
  /** What stands behind the package: literal arguments of the server. */
  args: string[];
  inputs: InputFinding[];
  /** Found in an MCP client's configuration, so it runs a server. A shell command may run anything. */
  isConfiguration: boolean;
  /** Starts the server with a network transport and the options that only that needs. */
  isNetwork: boolean;
  /** Starts a container that no client holds the input of: it publishes a port or runs in the background. */
  isListening?: boolean;
  /** An inspector starts it. */
  isInspected?: boolean;
  provenance: Provenance;
}

/** URL of a hosted server, found in one place of the files. */
export interface RemoteFinding {
  url: string;
  provenance: Provenance;
}

/** Keys in branches, one of which has to be given. */
export interface AlternativeFinding {
  /** Only a message says so, which does not tell when it is shown. */
  isStated?: boolean;
  /** Only some request fails without it, which one feature of many may make. */
  isLate?: boolean;
  /** Each branch serves a part of the server that may stay off. Nothing says that one of them is enough. */
  isOfParts?: boolean;
  what: string;
  branches: string[][];
  required: boolean;
}

export interface Findings {
  inputs: InputFinding[];
  launches: LaunchFinding[];
  remotes: RemoteFinding[];
  alternatives: AlternativeFinding[];
  warnings: Warning[];
  /** The server's name in the MCP registry. */
  mcpName: string | null;
  /** The server's display name and description. */
  title: string | null;
  description: string | null;
}

export function noFindings(): Findings {
  return {
    inputs: [],
    launches: [],
    remotes: [],
    alternatives: [],
    warnings: [],
    mcpName: null,
    title: null,
    description: null,
  };
}

/** Joins the findings of several readers. The first title and description win. */
export function joinFindings(all: Findings[]): Findings {
  return {
    inputs: all.flatMap((one) => one.inputs),
    launches: all.flatMap((one) => one.launches),
    remotes: all.flatMap((one) => one.remotes),
    alternatives: all.flatMap((one) => one.alternatives),
    warnings: all.flatMap((one) => one.warnings),
    mcpName: all.find((one) => one.mcpName)?.mcpName ?? null,
    title: all.find((one) => one.title)?.title ?? null,
    description: all.find((one) => one.description)?.description ?? null,
  };
}

export function warning(code: string, message: string, mustAccept = false): Warning {
  return { code, message: toVisibleText(message.slice(0, 2_000)), mustAccept };
}
