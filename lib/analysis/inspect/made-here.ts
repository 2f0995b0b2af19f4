import { baseName, type FileSet, isPython, joinPath } from "../fetch/files.ts";
import type { PackageRecord, RegistryClient } from "../fetch/registries/types.ts";
import type { RepositoryPackage } from "./repository-package.ts";

/** The names of fewer files could be the same by chance. */
const MIN_FILES = 3;
const MIN_SHARE = 0.7;
/** Shorter descriptions could be the same by chance. */
const MIN_DESCRIPTION = 20;

/**
 * Returns whether a package that names no repository looks like what this repository publishes under that name: of PyPI, most of its modules
 * stand in the repository at the same place; of npm, and of PyPI with few modules, it has the same commands and the same description. That is
 * no proof, since anyone can publish a copy, so that a person is asked to accept it all the same.
 *
 * @param paths of all files of the repository
 */
export async function looksMadeHere(
  record: PackageRecord,
  unit: RepositoryPackage,
  paths: readonly string[],
  client: RegistryClient,
  signal: AbortSignal,
): Promise<boolean> {
  const isDescribedAlike = unit.description.length >= MIN_DESCRIPTION && unit.description === record.description;
  if (unit.registry === "npm") {
    const names = unit.commands.map(({ name }) => name).sort();
    return isDescribedAlike && names.join() === [...(record.commands ?? [])].sort().join();
  }
  const published = await readWheel(record, client, signal);
  if (published === null) return false;
  const modules = published.paths.filter((path) => isPython(path) && baseName(path) !== "__init__.py");
  const known = new Set(paths);
  const here = modules.filter((path) =>
    ["", "src"].some((folder) => known.has(joinPath(unit.folder, joinPath(folder, path)))),
  );
  if (here.length >= MIN_FILES) return here.length >= modules.length * MIN_SHARE;
  return here.length > 0 && here.length === modules.length && isDescribedAlike && startsAlike(published, unit);
}

/** Returns whether a wheel has the commands that the project file declares, with the same functions behind them. */
function startsAlike(published: FileSet, unit: RepositoryPackage): boolean {
  const file = [...published.files.values()].find(({ path }) => path.endsWith(".dist-info/entry_points.txt"));
  const lines = (file?.text ?? "").split(/\r?\n/).map((line) => line.replaceAll(/\s/g, ""));
  return unit.commands.length > 0 && unit.commands.every(({ name, target }) => lines.includes(`${name}=${target}`));
}

/**
 * Returns whether a package of PyPI has other code and other authors than the repository: no module of it is named like a file of the
 * repository, and the two name different authors. A README can name a package that somebody else published.
 *
 * @param paths the paths of all files of the repository
 */
export async function isMadeElsewhere(
  record: PackageRecord,
  unit: RepositoryPackage,
  paths: readonly string[],
  client: RegistryClient,
  signal: AbortSignal,
): Promise<boolean> {
  const authors = wordsOf(unit.authors ?? []);
  const published = record.registry === "pypi" && authors.size > 0 ? await readWheel(record, client, signal) : null;
  if (published === null) return false;
  const metadata = [...published.files.values()].find(({ path }) => path.endsWith(".dist-info/METADATA"));
  const named = [...(metadata?.text ?? "").slice(0, MAX_HEAD).matchAll(/^(?:Author|Maintainer)(?:-email)?:(.*)$/gim)];
  const publishers = wordsOf(named.map(([, names = ""]) => names));
  if (publishers.size === 0 || [...publishers].some((word) => authors.has(word))) return false;
  const modules = published.paths.filter(isPython).map(baseName);
  const own = modules.filter((name) => !/^__\w+__\.py$/.test(name));
  const known = new Set(paths.map(baseName));
  return own.length > 0 && !own.some((name) => known.has(name));
}

/** Reads the files of a package of PyPI. Returns null where there is no wheel, or it cannot be read. */
export async function readWheel(
  record: PackageRecord,
  client: RegistryClient,
  signal: AbortSignal,
): Promise<FileSet | null> {
  if (record.isSourceOnly) return null;
  try {
    return await client.read(record, signal);
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/** The part of a METADATA file before the README. */
const MAX_HEAD = 10_000;

/** The words of names and addresses, apart from those that many have. */
function wordsOf(names: readonly string[]): Set<string> {
  const words = names.flatMap((name) => name.toLowerCase().match(/[\p{L}\d]{3,}/gu) ?? []);
  return new Set(words.filter((word) => !COMMON.has(word)));
}

const COMMON = new Set(
  "com org net dev gmail outlook hotmail users noreply github mail email info team the inc author".split(" "),
);
