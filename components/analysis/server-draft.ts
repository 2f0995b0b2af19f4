import { isExactVersion, isPackageName } from "@/lib/analysis/package-names";
import type { Analysis, Server } from "@/lib/analysis/spec";

/** How the server is started, as the person edits it. */
export interface ServerDraft {
  runtime: "npm" | "pypi";
  package: string;
  version: string;
  args: string[];
}

export type ServerProblems = Partial<Record<"package" | "version" | "args", string>>;

/**
 * Starts a draft from the analysis. Without a server in the analysis it names the pasted package, which is what a person means
 * who continues by hand.
 */
export function toDraft({ server, source }: Pick<Analysis, "server" | "source">): ServerDraft {
  if (server.package === null && source.kind !== "github") {
    // Takes "@scope/name" out of "npm:@scope/name@1.2.3".
    const name = source.canonical.replace(/^\w+:/, "").replace(/(?<=.)@[^@/]+$/, "");
    return { runtime: source.kind, package: name, version: source.revision ?? "", args: server.args };
  }
  // An image's name is no package's.
  if (server.runtime === "oci") return { runtime: "npm", package: "", version: "", args: server.args };
  return {
    runtime: server.runtime === "pypi" ? "pypi" : "npm",
    package: server.package ?? "",
    version: server.version ?? "",
    args: server.args,
  };
}

/** Returns one sentence for each field that is not valid. */
export function validateServer({ runtime, package: name, version }: ServerDraft): ServerProblems {
  const problems: ServerProblems = {};
  if (name === "") problems.package = "Enter the package.";
  else if (!isPackageName(runtime, name))
    problems.package = `This is not a valid ${runtime === "npm" ? "npm" : "PyPI"} package name.`;
  if (version === "") problems.version = "Enter the exact version.";
  else if (!isExactVersion(runtime, version)) problems.version = "Enter one exact version, such as 1.2.3.";
  return problems;
}

/** Returns the changed fields only. Unchanged fields keep the value of the analysis. */
export function diffServer(server: Server, draft: ServerDraft): Partial<Server> {
  const edits: Partial<Server> = {};
  if (draft.runtime !== server.runtime) edits.runtime = draft.runtime;
  if (draft.package !== server.package) edits.package = draft.package;
  if (draft.version !== server.version) edits.version = draft.version;
  if (JSON.stringify(draft.args) !== JSON.stringify(server.args)) edits.args = draft.args;
  // A package without its version would take the version of another package.
  return edits.package || edits.version ? { ...edits, package: draft.package, version: draft.version } : edits;
}
