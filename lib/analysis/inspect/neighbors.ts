import { isWithin } from "../fetch/files.ts";
import { type Findings, type LaunchFinding, noFindings } from "../inputs/findings.ts";
import { isSamePackage } from "../package-names.ts";
import type { Provenance } from "../spec.ts";
import type { Subject } from "../types.ts";
import type { RepositoryPackage } from "./repository-package.ts";
import { isPartName, type ServerFolder } from "./server-folder.ts";
import { isNamedLikeFolder } from "./telling-words.ts";

/** Tells what a repository's documentation and declarations say of its other programs from what they say of the one that is meant. */
export interface Neighbors {
  /** Leaves out the commands of documentation that start another program, and where another one is hosted. */
  ofReadme: (findings: Findings) => Findings;
  /** Leaves out a declaration above the folder that a person named, where it is another program's. */
  ofDeclaration: (findings: Findings, path: string) => Findings;
}

/**
 * @param subject with the folder that a person named, "" for the whole repository
 * @param scope the packages that are meant
 * @param all the packages of the repository
 */
export function findNeighbors(subject: Subject, scope: ServerFolder, all: readonly RepositoryPackage[]): Neighbors {
  const { folder } = subject;
  const { units } = scope;
  const isAbove = (path: string) => folder !== "" && !isWithin(folder, path);
  // A folder that makes a package of its own is told by that package's name, wherever else the name of another stands.
  const hasOwn = units.some((unit) => unit.isServer);
  const hasPackage = all.some((unit) => isWithin(folder, unit.folder));
  const isTold = ({ where }: Provenance) => !isAbove(where.replace(/:\d+$/, ""));
  const fits = (name: string) => isNamedLikeFolder(name, folder, subject.slug ?? "");

  // A package without a server of its own may bring that of its repository in another registry.
  const isWrapper = ({ name, registry, isServer }: RepositoryPackage) =>
    !isServer &&
    /mcp/i.test(name) &&
    !isPartName(name) &&
    !/[-_/]cli$/i.test(name) &&
    !units.some((unit) => unit.isServer && unit.registry === registry);
  const startsMeant = ({ registry, package: name, provenance }: LaunchFinding): boolean => {
    if (registry === "source" || name === null) return true;
    if (registry === "oci") return isTold(provenance) || fits(name);
    const named = all.find((unit) => unit.registry === registry && isSamePackage(registry, unit.name, name));
    if (named === undefined && isTold(provenance)) return folder === "" || !hasOwn;
    if (named === undefined) return !hasPackage && fits(name);
    if (units.includes(named)) return true;
    if (isWithin(folder, named.folder)) return isWrapper(named) || (named.isServer && scope.others === undefined);
    return !hasPackage && isWithin(named.folder, folder);
  };
  const ofMeant = (findings: Findings): Findings => {
    const ofFolder = folder === "" ? [] : findings.remotes.filter(({ url }) => fits(url));
    return {
      ...findings,
      launches: findings.launches.filter(startsMeant),
      remotes: ofFolder.length > 0 ? ofFolder : findings.remotes.filter(({ provenance }) => isTold(provenance)),
    };
  };
  const hasOthers = all.some((unit) => unit.isServer && !isWithin(folder, unit.folder));
  const isOfOther = ({ launches }: Findings) => {
    const packaged = launches.filter(({ registry }) => registry !== "source");
    return packaged.length > 0 ? !packaged.some(startsMeant) : hasOwn && hasOthers;
  };
  return {
    ofReadme: ofMeant,
    ofDeclaration: (findings, path) => {
      if (!isAbove(path)) return findings;
      return isOfOther(findings) ? noFindings() : ofMeant(findings);
    },
  };
}
