import type { FileSet } from "../fetch/files.ts";
import { readPackage } from "../fetch/locate.ts";
import type { PackageRecord } from "../fetch/registries/types.ts";
import { warning } from "../inputs/findings.ts";
import type { Warning } from "../spec.ts";
import type { AnalysisContext, Draft, Inspected, Subject } from "../types.ts";
import { warnOfLookAlike } from "./look-alikes.ts";
import { isNamedInFiles, toReadableAddress } from "./ownership.ts";
import type { Choice } from "./package-candidates.ts";

/** The package that a source's files lead to, with what was noticed on the way. */
export interface ChosenPackage {
  choice: Choice | null;
  found: Warning[];
}

/** Adds the warnings of a package that may pass itself off as another. `slug` is the repository's "owner/name", if any. */
export function withLookAlikes({ choice, found }: ChosenPackage, slug: string | null): ChosenPackage {
  if (!choice?.record) return { choice, found };
  const { record, ownership } = choice;
  return { choice, found: [...found, ...warnOfLookAlike(record, { ownership, slug }, Date.now())] };
}

/** A package that is not the repository's own, with its published files. */
export interface PublishedPackage {
  subject: Subject & { record: PackageRecord };
  files: FileSet;
  warnings: Warning[];
}

/**
 * Reads the published files of a package that is not the repository's own. A repository that names a stranger's package must
 * not shape what that package gets: its inputs, values and arguments would reach a server that the person trusts. Returns null
 * where the package is the repository's own, by its registry entry or by its files.
 */
export async function readPublished(
  { source, slug }: Subject,
  { choice, found }: ChosenPackage,
  context: AnalysisContext,
): Promise<PublishedPackage | null> {
  if (!choice?.record || choice.ownership === "own") return null;
  const { record, ownership } = choice;
  const label = `Reading the package ${record.name} itself`;
  context.report({ step: "published", label, status: "running" });
  const files = await readPackage(record, context);
  context.report({ step: "published", label, status: "done", detail: `${files.files.size} files` });
  if (ownership === "unnamed" && slug !== null && isNamedInFiles(files, slug)) return null;
  return {
    subject: { source, folder: "", slug: null, description: record.description, record },
    files,
    warnings: [...found, warnOfOwner(record)],
  };
}

function warnOfOwner(record: PackageRecord): Warning {
  const read = "Only its own published files were read.";
  if (record.repository === null) {
    const message = `The package ${record.name} does not say which repository it comes from. ${read}`;
    return warning("repository_unnamed", message, true);
  }
  const message = `The package ${record.name} names another repository as its source: ${toReadableAddress(record.repository)}. ${read}`;
  return warning("repository_mismatch", message, true);
}

/**
 * Returns whether a package of other files is the server that a repository runs. Where its files show no server, its name has to say so, or
 * the repository has to make a package of that name: documentation also runs tools that set a server up.
 */
export function isBelieved({ kind, warnings }: Draft, { choice }: ChosenPackage): boolean {
  if (kind !== "stdio" && !warnings.some(({ code }) => code === "network_only")) return false;
  const isShown = !warnings.some(({ code }) => code === "server_unconfirmed");
  return isShown || Boolean(choice?.candidate.unit) || /mcp/i.test(choice?.candidate.name ?? "");
}

/** Joins what was noticed on the way to a package with the result of inspecting it. Its evidence says that it is the package's. */
export function fromPublished({ subject, files, warnings }: PublishedPackage, inspected: Inspected): Inspected {
  const { record } = subject;
  const place = `${record.registry}:${record.name}@${record.version}`;
  const { draft } = inspected;
  const inputs = draft.inputs.map((input) => ({
    ...input,
    provenance: input.provenance.map(({ from, where }) => ({ from, where: `${place}/${where}`.slice(0, 500) })),
  }));
  const all = uniqueWarnings([...warnings, ...draft.warnings]);
  return { ...inspected, draft: { ...draft, inputs, warnings: all }, files };
}

/** Goes on without a package that is neither the repository's own nor a server. */
export function refusePackage({ choice, found }: ChosenPackage): ChosenPackage {
  const message = `The package ${choice?.candidate.name} is not this repository's and no server, so it was not taken.`;
  return { choice: null, found: [...found, warning("same_name_elsewhere", message)] };
}

export function uniqueWarnings(warnings: Warning[]): Warning[] {
  const seen = new Map(warnings.map((one) => [`${one.code} ${one.message}`, one]));
  return [...seen.values()].slice(0, 100);
}
