import { formatList } from "../fetch/archive.ts";
import { type FileSet, folderOf, isForeign, isReadme, isWithin, joinPath } from "../fetch/files.ts";
import { joinFindings, type LaunchFinding, warning } from "../inputs/findings.ts";
import { tolerant } from "../inputs/unreadable.ts";
import { isSamePackage } from "../package-names.ts";
import { readReadme } from "../readers/readme.ts";
import { readServerJson } from "../readers/server-json.ts";
import type { Warning } from "../spec.ts";
import type { AnalysisContext } from "../types.ts";
import { hasName, nearestFiles } from "./nearest-files.ts";
import { judgeOwnership } from "./ownership.ts";
import type { RepositoryPackage } from "./repository-package.ts";

/** Where in a repository the server is. */
export interface ServerFolder {
  folder: string;
  units: RepositoryPackage[];
  warnings: Warning[];
  /** Further servers in folders of their own, the likeliest first. */
  others?: RepositoryPackage[];
}

/** Returns whether a name is that of a package which a server is made of or spoken to with. */
export function isPartName(name: string): boolean {
  return /(^|[-_/])(client|sdk|utils?|core|types|shared|common|lib|test-?\w*|example-?\w*)$/.test(
    name.slice(-200).toLowerCase(),
  );
}

/**
 * Chooses the packages that are meant: those of a named folder, or, at the root of a repository with several packages,
 * the one that is a server.
 */
export function chooseServerFolder(all: RepositoryPackage[], files: FileSet, folder: string): ServerFolder {
  const within = all.filter((unit) => folder === "" || unit.folder === folder || unit.folder.startsWith(`${folder}/`));
  const own = within.filter((unit) => unit.folder === folder);
  if (within.length === 0) return { folder: declaringFolder(files, folder) ?? folder, units: own, warnings: [] };
  if (own.some((unit) => unit.isServer && !unit.isPrivate)) return { folder, units: own, warnings: [] };
  const shown = joinFindings(nearestFiles(files, folder, isReadme).map(tolerant(readReadme))).launches;
  const declared = joinFindings(
    nearestFiles(files, folder, hasName("server.json")).map(tolerant(readServerJson)),
  ).launches;
  const startable = within.filter(
    (unit) => !unit.isPrivate && !unit.isSdk && (unit.isServer || unit.commands.length > 0),
  );
  const pointedBy = (launches: LaunchFinding[]) =>
    startable.filter((unit) =>
      launches.some(
        (launch) =>
          launch.registry === unit.registry &&
          launch.package !== null &&
          isSamePackage(unit.registry, unit.name, launch.package),
      ),
    );
  const servers = within.filter(
    (unit) => unit.isServer && !unit.isPrivate && unit.commands.length > 0 && !isPartName(unit.name),
  );
  // A folder with a server.json of its own is a server's, whatever the names of its neighbors.
  const described = startable.filter((unit) => files.files.has(joinPath(unit.folder, "server.json")));
  // Beside servers, what documentation runs may be a tool.
  const documented = pointedBy(shown).filter((unit) => unit.isServer || servers.length === 0 || /mcp/i.test(unit.name));
  const choices = [pointedBy(declared), described, documented, servers].find((one) => one.length > 0) ?? [];
  const isLikely = (unit: RepositoryPackage) => Number(documented.includes(unit));
  const candidates = [...choices].sort((a, b) => isLikely(b) - isLikely(a));
  const [first] = candidates;
  if (!first) {
    const rest = within.filter((unit) => unit.isServer);
    const place = rest[0]?.folder ?? declaringFolder(files, folder) ?? folder;
    return { folder: place, units: rest.length > 0 ? rest : within, warnings: [] };
  }
  return candidates.length === 1
    ? { folder: first.folder, units: [first], warnings: [] }
    : oneOfSeveral(first, candidates);
}

/**
 * Returns the folder below another that holds its only server.json, as a server does that is one program of many and no package of a registry.
 */
function declaringFolder(files: FileSet, folder: string): string | null {
  const isDeclared = hasName("server.json");
  const paths = [...files.files.keys()].filter(
    (path) => isDeclared(path) && isWithin(folder, path) && !isForeign(path, folder),
  );
  const [only] = paths;
  return only !== undefined && paths.length === 1 ? folderOf(only) : null;
}

function oneOfSeveral(chosen: RepositoryPackage, candidates: readonly RepositoryPackage[]): ServerFolder {
  const others = candidates.filter((unit) => unit !== chosen);
  const names = formatList(others.map((unit) => unit.folder || unit.name));
  const message = `The repository holds several servers. This is the one in ${chosen.folder || "its root"}; for another, paste its folder's URL: ${names}.`;
  return {
    folder: chosen.folder,
    units: [chosen],
    warnings: [warning("several_servers", message, true)],
    others: others.filter((unit) => unit.folder !== ""),
  };
}

const MAX_LOOKUPS = 4;

/**
 * Of several servers, takes the first that is published where the chosen one is not: a repository can have the same server in two languages.
 *
 * @param slug the repository's "owner/name", or null for a package
 */
export async function preferPublished(
  scope: ServerFolder,
  slug: string | null,
  { registries, signal }: Pick<AnalysisContext, "registries" | "signal">,
): Promise<ServerFolder> {
  const [chosen] = scope.units;
  const { others = [] } = scope;
  if (!chosen || slug === null || others.length === 0) return scope;
  const lookup = (unit: RepositoryPackage) => registries[unit.registry].lookup(unit.name, null, signal);
  if ((await lookup(chosen)).status !== "absent") return scope;
  for (const other of others.slice(0, MAX_LOOKUPS)) {
    const found = await lookup(other);
    if (found.status === "found" && judgeOwnership(found.record, { slug, mcpNames: [] }) === "own")
      return oneOfSeveral(other, [chosen, ...others]);
  }
  return scope;
}
