import type { Input, Provenance, Warning } from "../spec.ts";

/** How a place in the files knows of an input; the merge trusts them in this order. */
export type Evidence =
  /** A file whose purpose is to declare inputs: server.json, manifest.json, smithery.yaml. */
  | "declared"
  /** Documentation that shows or lists it: a README's configuration block or table, an example environment. */
  | "shown"
  /** A name in a text that does not say whose it is; it explains an input that another place knows, and makes none. */
  | "mentioned"
  /** The code reads it. */
  | "read";

/** What happens in the code when the value is missing. */
export type WhenMissing =
  /** The server ends, or throws while it starts. */
  | "fails"
  /** A request fails later on. */
  | "fails-later"
  /** It has another value then. */
  | "default"
  /** Nothing that can be seen from the place that reads it. */
  | "unknown";

/** What one place in the files tells of one input. Null and absent fields say nothing. */
export interface InputFinding {
  key: string;
  target: Input["target"];
  evidence: Evidence;
  provenance: Provenance;
  required?: boolean | null;
  secret?: boolean | null;
  whenMissing?: WhenMissing;
  label?: string | null;
  description?: string | null;
  type?: Input["type"] | null;
  default?: string | null;
  choices?: string[] | null;
  placeholder?: string | null;
  template?: string | null;
}

export type RunnerRegistry = "npm" | "pypi" | "oci" | "source";

/** One command that a place in the files gives for running a server. */
export interface LaunchFinding {
  registry: RunnerRegistry;
  /** The package, the image, or null for a command that runs from a checkout. */
  package: string | null;
  version: string | null;
  /** What stands behind the package: literal arguments of the server. */
  args: string[];
  inputs: InputFinding[];
  /** It stands in a client's configuration, which only a server does; a command in a shell may start anything. */
  isConfiguration: boolean;
  /** It starts the server behind a network transport, with what only that needs. */
  isNetwork: boolean;
  provenance: Provenance;
}

/** A hosted server that a place in the files gives. */
export interface RemoteFinding {
  url: string;
  provenance: Provenance;
}

/** Keys of which one branch has to be given. */
export interface AlternativeFinding {
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
  /** The server's name for people, and a sentence on it. */
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

/** Puts the findings of several readers together; the first title and description win. */
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
  return { code, message: message.slice(0, 2_000), mustAccept };
}
