import type { TextFile } from "../fetch/files.ts";
import type { Findings, LaunchFinding } from "../inputs/findings.ts";
import { toVisibleText } from "../plain-text.ts";
import { stripMarkdown } from "../readers/markdown.ts";
import type { Server } from "../spec.ts";
import type { Subject } from "../types.ts";
import { chooseEntryPoint, type EntryPoint } from "./entry-point.ts";
import type { Candidate, Choice } from "./package-candidates.ts";
import type { RepositoryPackage } from "./repository-package.ts";

/**
 * Describes how the server runs: its package and version, what of the package is started, and its literal arguments.
 *
 * @param sources the package's own code, to tell its modules from others
 */
export function describeServer(
  subject: Subject,
  choice: Choice | null,
  unit: RepositoryPackage | null,
  found: { serverJson: Findings; manifest: Findings; readme: Findings; declared: Findings },
  sources: readonly TextFile[],
): Server {
  const name =
    found.serverJson.title ??
    found.manifest.title ??
    found.readme.title ??
    choice?.candidate.name ??
    unit?.name ??
    subject.source.repository;
  const description =
    found.serverJson.description ||
    found.manifest.description ||
    choice?.record?.description ||
    unit?.description ||
    subject.description ||
    found.readme.description;
  const entry = choice ? chooseEntryPoint(choice, unit, found.declared.launches, sources) : {};
  return {
    name: toVisibleText(withoutSigns(name || subject.source.canonical).slice(0, 200)),
    description: toVisibleText(withoutLead(stripMarkdown((description ?? "").slice(0, 2_000)))),
    runtime: choice?.candidate.registry ?? "source",
    package: choice?.record?.name ?? choice?.candidate.name ?? null,
    version: choice?.version?.slice(0, 100) ?? null,
    ...entry,
    args: choice ? literalArguments(choice.candidate, found.declared.launches, entry) : [],
  };
}

/** A description without a last sentence that leads over to a list: "Key features include:" */
function withoutLead(text: string): string {
  const end = /[:：]\s{0,3}$/.test(text.slice(-4)) ? text.lastIndexOf(". ") : -1;
  return end < 0 ? text : text.slice(0, end + 1);
}

/** A title without the pictures in front of it. */
function withoutSigns(title: string): string {
  const text = title.slice(0, 1_000).replace(/^(?:\p{Extended_Pictographic}|\uFE0F|\s){1,20}/u, "");
  return text === "" ? title : text;
}

/**
 * Returns the literal arguments of the most trusted command that runs this package. Flags of optional examples are left
 * out.
 */
function literalArguments(candidate: Candidate, launches: LaunchFinding[], entry: EntryPoint): string[] {
  const isOwn = (launch: LaunchFinding) => launch.registry === candidate.registry && launch.package !== null;
  const ofPackage = launches.filter(isOwn);
  // Arguments of one program of a package mean nothing to another.
  const isStarted = (launch: LaunchFinding) =>
    launch.provenance.from === "server.json" ||
    ((launch.program ?? null) === (entry.program ?? null) && (launch.module ?? null) === (entry.module ?? null));
  const isNamed = Boolean(entry.program || entry.module);
  const own = (ofPackage.length > 0 || !isNamed ? ofPackage : launches).filter(isStarted);
  if (own.length === 0) return [];
  const declared = own.find((launch) => launch.provenance.from === "server.json");
  // Documentation that shows the server with and without arguments proves that it works without.
  const shortest = [...own].sort((a, b) => a.args.length - b.args.length)[0];
  const chosen = stdioOnly((declared ?? shortest)?.args ?? []);
  return [...chosen, ...stdioFlag(own, chosen)].slice(0, 100).map((arg) => arg.slice(0, 4_000));
}

/**
 * Returns the flag that selects stdio if any client configuration has it: the server's default may be another
 * transport.
 */
function stdioFlag(launches: LaunchFinding[], chosen: string[]): string[] {
  for (const { args, isConfiguration } of launches) {
    const at = args.findIndex((arg) => /^--(transport|mode)(=stdio)?$|^--stdio$/.test(arg));
    const flag = args[at];
    if (!isConfiguration || flag === undefined || chosen.some((arg) => arg.startsWith(flag.split("=")[0] ?? flag)))
      continue;
    if (flag.includes("stdio")) return [flag];
    if (args[at + 1] === "stdio") return [flag, "stdio"];
  }
  return [];
}

/** Drops arguments that select a network transport: Catwalk speaks stdio with the server. */
function stdioOnly(args: string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    const next = args[index + 1] ?? "";
    if (/^--?(port|host|http-port|http-host)$/.test(arg)) index += 1;
    else if (/^--?(transport|mode)$/.test(arg) && /^(http|sse|streamable-?http|rest)$/i.test(next)) index += 1;
    else if (
      !/^--?(transport|mode)=(http|sse|streamable-?http)$|^--(sse|http|streamable-?http)$|^--(port|host)=/i.test(arg)
    )
      kept.push(arg);
  }
  return kept;
}
