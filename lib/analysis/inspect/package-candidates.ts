import { formatList } from "../fetch/archive.ts";
import { isPython, type TextFile } from "../fetch/files.ts";
import { gitHubSlug } from "../fetch/registries/repository.ts";
import type { Lookup, PackageRecord, Registry, RegistryClient } from "../fetch/registries/types.ts";
import { type Findings, type LaunchFinding, warning } from "../inputs/findings.ts";
import { isExactVersion, isSamePackage } from "../package-names.ts";
import { listInstalled } from "../readers/install-commands.ts";
import { isHelperPackage } from "../readers/runner-command.ts";
import type { Warning } from "../spec.ts";
import { isMadeElsewhere, looksMadeHere, readWheel } from "./made-here.ts";
import {
  isForkOf,
  isOfOtherAccount,
  judgeOwnership,
  type Ownership,
  ownerOf,
  type RepositoryIdentity,
  toReadableAddress,
} from "./ownership.ts";
import type { RepositoryPackage } from "./repository-package.ts";
import { sharesName } from "./telling-words.ts";

/** A package that the files name as the way to run the server. */
export interface Candidate {
  registry: Registry;
  name: string;
  /** The files say that it is published: server.json names it, or documentation runs or installs it from its registry. */
  isAnnounced: boolean;
  unit: RepositoryPackage | null;
  /** Version that the files name; used when the registry is out of reach. */
  version: string | null;
}

export interface Choice {
  candidate: Candidate;
  /** Null when the registry is out of reach. */
  record: PackageRecord | null;
  version: string | null;
  /** Whose the package is. Of a package that is not the repository's own, only its published files speak. */
  ownership: Ownership;
}

/**
 * Lists the packages that could be the server, most trusted first: those that server.json declares, packages of the
 * repository that documentation runs, other packages of the repository with a command, then packages that only
 * documentation names.
 *
 * @param findings of the declarations and READMEs in scope
 * @param units packages of the scope
 * @param all packages of the repository
 * @param isElsewhere the server is written in another language, so a package may only bring its binary
 */
export function listCandidates(
  findings: { serverJson: Findings; readme: Findings; readmes: readonly TextFile[] },
  units: readonly RepositoryPackage[],
  all: readonly RepositoryPackage[],
  isElsewhere: boolean,
): Candidate[] {
  const candidates: Candidate[] = [];
  const add = (registry: Registry, name: string, isAnnounced: boolean, version: string | null) => {
    if (candidates.some((one) => one.registry === registry && isSamePackage(registry, one.name, name))) return;
    const isNamed = (one: RepositoryPackage) => one.registry === registry && isSamePackage(registry, one.name, name);
    const unit = units.find(isNamed) ?? all.find(isNamed) ?? null;
    if (unit?.isSdk || isHelperPackage(name)) return;
    candidates.push({ registry, name, isAnnounced, unit, version: version ?? unit?.version ?? null });
  };
  const isPublished = (launch: LaunchFinding): launch is LaunchFinding & { registry: Registry; package: string } =>
    (launch.registry === "npm" || launch.registry === "pypi") && launch.package !== null;
  const shown = findings.readme.launches.filter(isPublished);
  const isShown = (unit: RepositoryPackage) =>
    shown.some(
      (launch) => launch.registry === unit.registry && isSamePackage(unit.registry, launch.package, unit.name),
    );
  const installed = findings.readmes.flatMap(({ text }) => listInstalled(text));
  const isInstalled = ({ registry, name }: RepositoryPackage) =>
    installed.some((one) => one.registry === registry && isSamePackage(registry, one.name, name));
  const runnable = units.filter(
    (unit) =>
      !unit.isPrivate && !unit.isSdk && (unit.isServer || (bringsProgram(unit) && (isElsewhere || isShown(unit)))),
  );
  for (const launch of findings.serverJson.launches.filter(isPublished))
    add(launch.registry, launch.package, true, launch.version);
  for (const unit of runnable.filter(isShown)) add(unit.registry, unit.name, true, null);
  for (const unit of runnable.filter(bringsProgram)) add(unit.registry, unit.name, isInstalled(unit), null);
  for (const unit of runnable) add(unit.registry, unit.name, isInstalled(unit), null);
  // What a shell runs beside a server of the repository's own may be any tool.
  const isTool = ({ package: name, isConfiguration }: { package: string; isConfiguration: boolean }) =>
    isInstaller(name) || (!isConfiguration && !/mcp/i.test(name) && units.some((unit) => unit.isServer));
  for (const launch of shown) if (!isTool(launch)) add(launch.registry, launch.package, true, launch.version);
  return candidates.slice(0, 6);
}

/**
 * Asks the registries for the candidates and takes the first that exists and belongs to the repository. A package that
 * names no repository or another one is taken only where the documentation itself runs it, or where it looks like the repository's.
 */
export async function chooseCandidate(
  candidates: Candidate[],
  registries: Record<Registry, RegistryClient>,
  repository: RepositoryIdentity & {
    paths: readonly string[];
    /** Asks GitHub what the repository "owner/name" is called now. Null where it does not exist, or could not be asked. */
    findCurrentSlug: (slug: string) => Promise<string | null>;
  },
  signal: AbortSignal,
): Promise<{ choice: Choice | null; warnings: Warning[] }> {
  const warnings: Warning[] = [];
  const foreign: { choice: Choice; repository: string | null; isOtherCode: boolean }[] = [];
  const absent: string[] = [];
  for (const candidate of candidates) {
    const lookup: Lookup = await registries[candidate.registry].lookup(candidate.name, null, signal);
    if (lookup.status === "absent") {
      absent.push(`${candidate.name} (${REGISTRY_LABELS[candidate.registry]})`);
      continue;
    }
    if (lookup.status === "unknown") {
      const isExact = candidate.version !== null && isExactVersion(candidate.registry, candidate.version);
      const version = isExact ? candidate.version : null;
      warnings.push(
        warning(
          "package_unchecked",
          `${lookup.message}. Whether ${candidate.name} exists, and its version, is unconfirmed.`,
          true,
        ),
      );
      return { choice: { candidate, record: null, version, ownership: "own" }, warnings };
    }
    const { record } = lookup;
    if (record.commands?.length === 0 || (await isWithoutProgram(candidate, record, registries, signal))) {
      warnings.push(
        warning("package_without_command", `The package ${record.name} exists but brings no command to start.`),
      );
      continue;
    }
    const named = gitHubSlug(record.repository);
    const claimed = judgeOwnership(record, repository);
    const current = claimed === "foreign" && named !== null ? await repository.findCurrentSlug(named) : null;
    const ownership = current === repository.slug ? "own" : claimed;
    const choice = { candidate, record, version: record.version, ownership };
    const told = [...absentWarning(absent), ...sourceOnlyWarning(record)];
    if (choice.ownership === "own") return { choice, warnings: [...warnings, ...told] };
    const isOurs = candidate.unit !== null || isNamedLike(candidate, candidates, repository.slug);
    const { unit } = candidate;
    const client = registries[candidate.registry];
    const isKnown = async () =>
      candidate.isAnnounced || (unit !== null && looksMadeHere(record, unit, repository.paths, client, signal));
    const isOtherCode =
      isForkOf(record.description, repository.slug) ||
      isOfOtherAccount(record, repository.slug) ||
      (current !== null && ownerOf(current) !== ownerOf(repository.slug)) ||
      (choice.ownership === "unnamed" &&
        unit !== null &&
        (await isMadeElsewhere(record, unit, repository.paths, client, signal)));
    if (choice.ownership === "unnamed" && isOurs && !isOtherCode && (await isKnown()))
      return { choice, warnings: [...warnings, ...told] };
    foreign.push({ choice, repository: record.repository, isOtherCode });
  }
  const announced = foreign.find(
    ({ choice, isOtherCode }) =>
      choice.candidate.isAnnounced &&
      !isOtherCode &&
      (choice.candidate.unit !== null
        ? isNearby(choice.record, repository.slug) || gitHubSlug(choice.record?.repository ?? null) === null
        : isNearby(choice.record, repository.slug) && isNamedLike(choice.candidate, candidates, repository.slug)),
  );
  if (announced?.choice.record) {
    const { record } = announced.choice;
    const told = [...absentWarning(absent), ...sourceOnlyWarning(record)];
    return { choice: announced.choice, warnings: [...warnings, ...told] };
  }
  for (const one of foreign) {
    const why = one.repository
      ? `it comes from another repository (${toReadableAddress(one.repository)})`
      : "it does not say which repository it comes from";
    const { registry, name } = one.choice.candidate;
    const message = `A package named ${name} exists, but ${why}, so it was not taken. If you mean that one, analyze ${registry}:${name}.`;
    warnings.push(warning("same_name_elsewhere", message));
  }
  return { choice: null, warnings: [...warnings, ...absentWarning(absent)] };
}

/**
 * Returns whether a package of PyPI has nothing to start: no command, and no code that a command could start as a module. Its index does not
 * say so, thus its files are looked at where the repository declares no command.
 */
async function isWithoutProgram(
  { registry, unit }: Candidate,
  record: PackageRecord,
  registries: Record<Registry, RegistryClient>,
  signal: AbortSignal,
): Promise<boolean> {
  if (registry !== "pypi" || !unit || bringsProgram(unit)) return false;
  const paths = (await readWheel(record, registries.pypi, signal))?.paths ?? [];
  // A module at the top is found by the project's name alone: nothing looks for `main.py`. One in a package can be named by
  // documentation, where its folder has a name that can be imported.
  const own = `${record.name.toLowerCase().replace(/[-_.]+/g, "_")}.py`;
  const isStartable = (path: string) =>
    /\.(?:data\/scripts\/|dist-info\/entry_points)/.test(path) ||
    (isPython(path) && (/^[a-z_]\w*\//i.test(path) ? !NO_PROGRAMS.test(path) : path.toLowerCase() === own));
  return paths.length > 0 && !paths.some(isStartable);
}

/** Folders that a build takes along without meaning to. */
const NO_PROGRAMS = /^(?:deprecated|tests?|examples?|docs?|scripts|old|build|benchmarks?)\//i;

/**
 * Returns whether a package that no file of the repository makes may be its server by the package's name. Where the repository makes a server
 * of another name for the same registry, that name has to stand in the owner's own scope.
 */
function isNamedLike({ registry, name }: Candidate, candidates: readonly Candidate[], slug: string): boolean {
  if (!sharesName(name, slug)) return false;
  const makesOther = candidates.some(({ unit }) => unit?.isServer && unit.registry === registry);
  return !makesOther || name.toLowerCase().startsWith(`@${ownerOf(slug)}/`);
}

/**
 * Returns whether a package names no repository, or one that may be this one from before it moved: of the same owner, or of the same name.
 * Documentation runs strangers' packages too, to compare with or to use beside the server, and a copy of a server keeps its name.
 */
function isNearby(record: PackageRecord | null, slug: string): boolean {
  const named = gitHubSlug(record?.repository ?? null);
  if (named === null) return !record?.repository;
  return ownerOf(named) === ownerOf(slug) || named.split("/")[1] === slug.split("/")[1];
}

/** Returns whether a package sets something up by its name, such as a project or clients: `create-thing`, `thing-wizard`. */
function isInstaller(name: string): boolean {
  const last = name.slice(name.lastIndexOf("/") + 1).toLowerCase();
  return /^(?:create|init|setup|install)-|(?:^|-)(?:wizard|installer?|setup)$/.test(last);
}

function bringsProgram(unit: RepositoryPackage): boolean {
  return unit.commands.length > 0 || unit.isBinary === true;
}

const REGISTRY_LABELS: Record<Registry, string> = { npm: "npm", pypi: "PyPI" };

function absentWarning(absent: string[]): Warning[] {
  return absent.length === 0
    ? []
    : [warning("package_not_found", `Named in the files, but not published: ${formatList(absent)}.`)];
}

function sourceOnlyWarning(record: PackageRecord): Warning[] {
  if (!record.isSourceOnly) return [];
  const message = `${record.name} is published without a wheel that this host's Python can take, so installing it runs its own build on the machine.`;
  return [warning("source_distribution", message, true)];
}
