import { GitHubClient } from "../fetch/github/client.ts";
import type { PackageRecord } from "../fetch/registries/types.ts";
import { warning } from "../inputs/findings.ts";
import type { AnalysisContext, Subject } from "../types.ts";
import type { Declarations } from "./declarations.ts";
import { chooseCandidate, listCandidates } from "./package-candidates.ts";
import type { ChosenPackage } from "./published-package.ts";
import type { RepositoryPackage } from "./repository-package.ts";

/** The packages of a repository among which a server's is looked for. */
export interface PackagePlace {
  /** Those of the folder that is meant. */
  units: RepositoryPackage[];
  all: RepositoryPackage[];
  /** The paths of all files of the repository. */
  paths: readonly string[];
  /** The server is in a language whose registry Catwalk does not use. */
  isElsewhere: boolean;
}

/** Returns the package that runs the server: the source itself, or the one that the repository's files lead to. Reports that as a step. */
export async function choosePackage(
  subject: Subject,
  findings: Pick<Declarations, "serverJson" | "readme" | "readmes">,
  { units, all, paths, isElsewhere }: PackagePlace,
  context: AnalysisContext,
): Promise<ChosenPackage> {
  if (subject.record) return ofRecord(subject.record, units);
  const candidates = listCandidates(findings, units, all, isElsewhere);
  const { slug } = subject;
  if (candidates.length === 0 || slug === null) return { choice: null, found: [] };
  const label = "Checking the package";
  context.report({ step: "package", label, status: "running", ...(candidates[0] && { detail: candidates[0].name }) });
  const { mcpName } = findings.serverJson;
  const mcpNames = mcpName === null ? [] : [mcpName];
  const { choice, warnings } = await chooseCandidate(
    candidates,
    context.registries,
    { slug, mcpNames, paths, findCurrentSlug: (other) => findCurrentSlug(other, context) },
    context.signal,
  );
  const detail = choice ? `${choice.candidate.name} ${choice.version ?? ""}`.trim() : "None is published";
  context.report({ step: "package", label, status: choice ? "done" : "skipped", detail });
  return { choice, found: warnings };
}

/** Asks GitHub what a repository is called now: it sends on from the name of one that was renamed or moved. */
async function findCurrentSlug(slug: string, context: AnalysisContext): Promise<string | null> {
  const [owner = "", name = ""] = slug.split("/");
  try {
    const client = new GitHubClient({ ...context.gitHub, fetch: context.fetch, signal: context.signal });
    return (await client.repository(owner, name)).full_name.toLowerCase();
  } catch {
    context.signal.throwIfAborted();
    return null;
  }
}

/** The source is a package by itself. */
function ofRecord(record: PackageRecord, units: readonly RepositoryPackage[]): ChosenPackage {
  const unit = units.find((one) => one.registry === record.registry) ?? null;
  const commands = unit ? unit.commands.map((command) => command.name) : record.commands;
  if (commands?.length === 0) {
    const message = `The package ${record.name} brings no command to start.`;
    return { choice: null, found: [warning("package_without_command", message)] };
  }
  const { registry, name, version } = record;
  return {
    choice: { candidate: { registry, name, isAnnounced: true, unit, version }, record, version, ownership: "own" },
    found: [],
  };
}
