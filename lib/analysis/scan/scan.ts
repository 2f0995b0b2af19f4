import { setImmediate } from "node:timers/promises";
import { type FileSet, isJavaScript, isWithin, type TextFile } from "../fetch/files.ts";
import { type AlternativeFinding, type Findings, type InputFinding, noFindings } from "../inputs/findings.ts";
import { isEnvName, isHostingOnlyName, isModeName, isSecretName } from "../inputs/input-names.ts";
import { isNoValue, isPlaceholder, isReservedHost, isStandIn } from "../inputs/placeholders.ts";
import type { RepositoryPackage } from "../inspect/repository-package.ts";
import { scanBraces } from "./braces/scan-braces.ts";
import { settingsIn } from "./flow.ts";
import { scanJavaScript } from "./javascript/javascript.ts";
import { markNeeded } from "./marked-options.ts";
import { readMessages, readMissingNames } from "./messages.ts";
import { ownFiles } from "./own-files.ts";
import { linksOfPrefixes, readsOfPrefixes } from "./prefixes.ts";
import { withoutOneOffRuns } from "./python/one-off-runs.ts";
import { withoutOtherPrograms } from "./python/other-programs.ts";
import { listServing, withoutOwnPrograms } from "./python/own-programs.ts";
import { scanPython } from "./python/python.ts";
import { entryFiles, listLoadedEntries, reachableFiles, servingCommands } from "./reachability.ts";
import { findRequirements, type Requirements } from "./requirements.ts";
import { type About, readSdkVariables, UNTOLD } from "./sdk-variables.ts";
import { NOTHING_SEEN, type Seen, seenIn } from "./seen.ts";
import { readSettingsFiles } from "./settings-files.ts";
import type { Read, ScanResult, SignIn } from "./types.ts";

export interface Scanned extends Findings {
  /** Pairs of a flag and the variable that does the same. */
  links: ScanResult["links"];
  /** Arguments that the code demands by their position on the whole command line. */
  positions: InputFinding[];
  /** Variables and flags whose absence an error message states. */
  missed: ReadonlySet<string>;
  /** Variables that are sent as credentials, or beside one, though nothing asks whether they are there. */
  sent: ReadonlySet<string>;
  /** Those of them of which it is plain that they go out. */
  requested: ReadonlySet<string>;
  signIns: readonly SignIn[];
  seen: Seen;
}

/** What is known of a server before its code is read. */
export interface ScannedServer {
  /** Packages of the same repository that it depends on, whose files are among the sources. */
  siblings?: readonly RepositoryPackage[];
  /** The package only brings a program in another language, so that no file counts unless its commands reach it. */
  isWrapper?: boolean;
  /** The command of the package that documentation starts, where it names one. */
  program?: string | null;
  /** What the server and its documentation say of it. */
  about?: About;
}

/**
 * Finds what the server's own source needs of its environment and command line: the names, what happens without each,
 * and which replace each other. Only files that the server's commands reach count.
 *
 * @param sources the files of the package, and of the packages beside it that it uses
 */
export async function scanSources(
  set: FileSet,
  sources: TextFile[],
  unit: RepositoryPackage | null,
  signal: AbortSignal,
  { siblings = [], isWrapper = false, program = null, about = UNTOLD }: ScannedServer = {},
): Promise<Scanned> {
  const [first] = sources;
  if (!unit || !first) return nothingScanned();
  const commands = servingCommands(unit, program);
  const begun = entryFiles(set, unit, sources, commands);
  const reachedFirst = reachableFiles(sources, unit, begun, siblings);
  const entries = [...begun, ...(reachedFirst ? listLoadedEntries(sources, reachedFirst) : [])];
  const reached = entries.length > begun.length ? reachableFiles(sources, unit, entries, siblings) : reachedFirst;
  const isOfSibling = (file: TextFile) => siblings.some((one) => isWithin(one.folder, file.path));
  const own = () =>
    ownFiles(
      sources.filter((file) => !isOfSibling(file)),
      unit,
    ).map((file) => file.path);
  const counted = reached ?? (isWrapper ? null : reachableFiles(sources, unit, own(), siblings));
  const isPython = !isJavaScript(first.path);
  const countedFiles = sources.filter((file) => counted?.has(file.path));
  const reachedFiles = isPython && entries.length === 0 ? withoutOtherPrograms(countedFiles) : countedFiles;
  const programs = isPython && entries.length === 0 ? listServing(ownFiles(reachedFiles, unit)) : entries;
  const targets = new Set(commands.map(({ target }) => target.split(":").at(-1) ?? ""));
  const files = isPython
    ? withoutOneOffRuns(withoutOwnPrograms(reachedFiles, new Set(programs)), targets)
    : reachedFiles;
  const pause = pauseOf(signal);
  const places = { begun: new Set(entries), nearest: counted ?? [] };
  const scanned = isPython ? await scanPython(files, pause) : await scanJavaScript(files, pause, places);
  scanned.reads.push(...readSettingsFiles(set, unit.folder, files));
  scanned.reads.push(...readsOfPrefixes(scanned.prefixes, about.names, keysOf(scanned)));
  scanned.links.push(...linksOfPrefixes(scanned.ofFlags, scanned.reads));
  const ofSdks = readSdkVariables(files, keysOf(scanned), about);
  const flows = [...scanned.flows, ...ofSdks.flows];
  return toFindings(
    { ...scanned, reads: [...scanned.reads, ...ofSdks.reads] },
    findRequirements(flows, programs, commands),
    files,
  );
}

/**
 * Does the same for a server in Go, Rust, Java, Kotlin, C# or Swift, whose whole sources belong to its one program.
 *
 * @param about what the server and its documentation say of it
 * @param place the files of the repository and the server's folder
 */
export async function scanOtherSources(
  sources: TextFile[],
  signal: AbortSignal,
  about: About = UNTOLD,
  place: { set: FileSet; folder: string } | null = null,
): Promise<Scanned> {
  if (sources.length === 0) return nothingScanned();
  const scanned = await scanBraces(sources, pauseOf(signal));
  if (place) scanned.reads.push(...readSettingsFiles(place.set, place.folder, sources));
  const ofSdks = readSdkVariables(sources, keysOf(scanned), about);
  const demands = findRequirements(scanned.flows, [], []);
  const links = [...scanned.links, ...demands.alternatives.flatMap((branches) => linkBetween(branches) ?? [])];
  return toFindings({ ...scanned, links, reads: [...scanned.reads, ...ofSdks.reads] }, demands, sources);
}

/** A flag and the variable that is taken in its place: `if *key == "" { *key = os.Getenv("A_KEY") }`. */
function linkBetween(branches: string[][]): ScanResult["links"][number] | null {
  const keys = branches.flatMap((branch) => (branch.length === 1 ? branch : []));
  const flag = keys.find((key) => key.startsWith("--"));
  const key = keys.find((one) => isEnvName(one));
  return branches.length === 2 && flag && key ? { key, flag } : null;
}

function keysOf({ reads }: ScanResult): Set<string> {
  return new Set(reads.map(({ key }) => key));
}

/** Returns a pause that lets other work of the process run, and that throws when the scan is aborted. */
function pauseOf(signal: AbortSignal): () => Promise<void> {
  return async () => {
    signal.throwIfAborted();
    await setImmediate();
  };
}

/** What a scan without any source finds. */
function nothingScanned(): Scanned {
  const found = { links: [], positions: [], missed: new Set<string>(), sent: new Set<string>() };
  return { ...noFindings(), ...found, requested: new Set(), signIns: [], seen: NOTHING_SEEN };
}

function toFindings(scanned: ScanResult, demands: Requirements, files: readonly TextFile[]): Scanned {
  const missed = readMissingNames(files);
  return {
    ...noFindings(),
    inputs: [
      ...readFindings(scanned.reads, demands, {
        missed: new Set([...missed, ...scanned.urlHosts]),
        modes: new Set(scanned.flows.flatMap(({ needs }) => settingsIn(needs)).filter(isModeName)),
      }),
      ...markNeeded(scanned.options).map((option) => demandedOption(option, demands)),
    ],
    alternatives: [
      ...demands.alternatives.map(
        (branches): AlternativeFinding => ({
          what: describe(branches),
          branches,
          required: true,
          isLate: demands.lateAlternatives.has(branches),
        }),
      ),
      ...demands.parts.map(
        (branches): AlternativeFinding => ({ what: describe(branches), branches, required: true, isOfParts: true }),
      ),
      ...demands.choices.map(
        (branches): AlternativeFinding => ({ what: describe(branches), branches, required: false }),
      ),
      ...readMessages(files).filter(({ branches }) => !isMet(branches, demands.met)),
    ],
    links: scanned.links,
    positions: demandedPositions(scanned.positions, demands),
    missed,
    sent: scanned.sent,
    requested: scanned.requested,
    signIns: scanned.signIns,
    seen: seenIn(scanned, files),
    warnings: scanned.warnings,
  };
}

/** Returns whether the code needs one of the ways in any case, so that a message tells of no choice. */
function isMet(branches: readonly string[][], met: readonly string[][][]): boolean {
  const idOf = (group: readonly string[][]) =>
    group
      .map((branch) => [...branch].sort().join())
      .sort()
      .join(" ");
  return met.some((group) => idOf(group) === idOf(branches));
}

/** An option without which the code fails, though its declaration does not demand it. */
function demandedOption(option: InputFinding, { atStart, later }: Requirements): InputFinding {
  if (option.target !== "arg" || option.whenMissing === "default") return option;
  if (atStart.has(option.key)) return { ...option, required: true, whenMissing: "fails" };
  return later.has(option.key) ? { ...option, whenMissing: "fails-later" } : option;
}

/**
 * The positions that something demands, alone or instead of a variable, and those that the code reads before a demanded one: it can only
 * be given behind them. Others may be a subcommand's name.
 */
function demandedPositions(positions: InputFinding[], demands: Requirements): InputFinding[] {
  const chosen = new Set([...demands.alternatives, ...demands.parts].flat(2));
  const last = Math.max(...[...demands.atStart].map((key) => indexOfPosition(key) ?? -1));
  const isDemanded = (key: string) =>
    demands.atStart.has(key) || (indexOfPosition(key) ?? Number.POSITIVE_INFINITY) < last;
  // Where nothing demands a position, it counts that the code can do without it.
  const spared = positions.filter(({ key, required }) => required === false && !isDemanded(key) && !chosen.has(key));
  const asked = positions.filter(({ key, required }) => required !== false && (isDemanded(key) || chosen.has(key)));
  return [
    ...spared,
    ...asked.map(
      (finding): InputFinding => ({ ...finding, whenMissing: isDemanded(finding.key) ? "fails" : "unknown" }),
    ),
  ];
}

/** The index that a position's key names, or null for another key. */
function indexOfPosition(key: string): number | null {
  const index = /^position (\d{1,3})$/.exec(key)?.[1];
  return index === undefined ? null : Number(index);
}

/** What else the files say of variables. */
interface Told {
  /** Those whose absence an error message states, or shows in a URL without a host. */
  missed: ReadonlySet<string>;
  /** Those that choose a way to sign in. */
  modes: ReadonlySet<string>;
}

/** The address of a service, in the name of a variable. */
const ADDRESS = /_(?:URL|URI|HOST|HOSTNAME|SERVER|ENDPOINT|DOMAIN|INSTANCE)$/;

function readFindings(reads: Read[], demands: Requirements, { missed, modes }: Told): InputFinding[] {
  const ofWays = new Set(demands.alternatives.flat().flatMap((way) => (way.every(isHostingOnlyName) ? [] : way)));
  const services = new Set(reads.flatMap(({ key }) => (isSecretName(key) ? [key.split("_")[0]] : [])));
  // Where a credential goes has to be told, if the code's own address is only an example.
  const leadsNowhere = ({ key, value }: Read) =>
    ADDRESS.test(key) && isReservedHost(value ?? "") && services.has(key.split("_")[0]);
  return reads
    .filter((read) => !read.isHosting)
    .map((read) => {
      const isUsable = read.value !== null && read.value !== "" && !isPlaceholder(read.value, read.key);
      // `process.env.URL || "https://example.com"` and `|| "unknown"` are no values that the server can work with.
      const isExample =
        read.fallback === "literal" &&
        read.value !== "" &&
        (isNoValue(read.value ?? "") || (isSecretName(read.key) ? isStandIn(read.value ?? "", read.key) : !isUsable));
      const whenMissing = demands.atStart.has(read.key)
        ? "fails"
        : demands.later.has(read.key)
          ? "fails-later"
          : read.fallback === "none" ||
              (read.fallback === "literal" && read.value === "" && read.type !== "boolean") ||
              (isExample && read.value !== null)
            ? missed.has(read.key) || leadsNowhere(read)
              ? "fails-later"
              : "unknown"
            : "default";
      return {
        key: read.key,
        target: "env",
        evidence: "read",
        provenance: { from: "source", where: `${read.path}:${read.line}` },
        whenMissing,
        isOfAllTools: demands.byAllTools.has(read.key),
        isMandatory: read.isMandatory === true && whenMissing === "fails",
        isOfWay: ofWays.has(read.key),
        isComputed: whenMissing === "default" && read.fallback === "computed",
        default: isUsable && !isExample ? read.value : null,
        type: read.type ?? null,
        choices: read.choices ?? null,
        description: read.description ?? read.comment,
        secret: read.isSecret ? true : modes.has(read.key) ? false : null,
      } satisfies InputFinding;
    });
}

function describe(branches: string[][]): string {
  return branches.length === 2 && branches.every((branch) => branch.length === 1) ? "One of two" : "One of these ways";
}
