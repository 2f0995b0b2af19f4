import { isExactVersion, isNpmName, isPypiName } from "@/lib/analysis/source";
import type { Analysis, Server } from "@/lib/analysis/spec";

/** How the server is run, as a person edits it. */
export interface ServerDraft {
  runtime: "npm" | "pypi";
  package: string;
  version: string;
  args: string[];
}

export type ServerProblems = Partial<Record<"package" | "version" | "args", string>>;

/** What the analysis says; where it found no server in a package, that package all the same: who goes on by hand means it. */
export function toDraft({ server, source }: Pick<Analysis, "server" | "source">): ServerDraft {
  if (server.package === null && source.kind !== "github") {
    // "npm:@scope/name@1.2.3" without what stands around the name.
    const name = source.canonical.replace(/^\w+:/, "").replace(/(?<=.)@[^@/]+$/, "");
    return { runtime: source.kind, package: name, version: source.revision ?? "", args: server.args };
  }
  return {
    runtime: server.runtime === "pypi" ? "pypi" : "npm",
    package: server.package ?? "",
    version: server.version ?? "",
    args: server.args,
  };
}

/** What cannot be run as it stands, by field. */
export function validateServer({ runtime, package: name, version }: ServerDraft): ServerProblems {
  const problems: ServerProblems = {};
  const isName = runtime === "npm" ? isNpmName(name) : isPypiName(name);
  if (name === "") problems.package = "Name the package.";
  else if (!isName) problems.package = `This is no ${runtime === "npm" ? "npm" : "PyPI"} package name.`;
  if (version === "") problems.version = "Give the exact version.";
  else if (!isExactVersion(version)) problems.version = "Give one exact version, such as 1.2.3.";
  return problems;
}

/** Only what was changed, so that what was not stays the analysis' word. */
export function diffServer(server: Server, draft: ServerDraft): Partial<Server> {
  const edits: Partial<Server> = {};
  if (draft.runtime !== server.runtime) edits.runtime = draft.runtime;
  if (draft.package !== server.package) edits.package = draft.package;
  if (draft.version !== server.version) edits.version = draft.version;
  if (JSON.stringify(draft.args) !== JSON.stringify(server.args)) edits.args = draft.args;
  // A package by hand is a package and a version; one without the other says nothing.
  return edits.package || edits.version ? { ...edits, package: draft.package, version: draft.version } : edits;
}
