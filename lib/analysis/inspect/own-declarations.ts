import { type FileSet, folderOf } from "../fetch/files.ts";
import { type Findings, type InputFinding, joinFindings, type LaunchFinding } from "../inputs/findings.ts";
import { isSamePackage } from "../package-names.ts";
import type { Declarations } from "./declarations.ts";
import { isHelper } from "./entry-point.ts";
import type { Candidate } from "./package-candidates.ts";
import type { RepositoryPackage } from "./repository-package.ts";
import { otherScriptsOf, startsUnit } from "./shown-commands.ts";

/** Which server of a repository is meant. */
export interface MeantServer {
  files: FileSet;
  /** The folder that a person named. */
  folder: string;
  /** The package that runs it, where one is published. */
  candidate: Candidate | null;
  /** The package of the repository whose code it is. */
  unit: RepositoryPackage | null;
  /** The packages of the folder that is meant. */
  units: readonly RepositoryPackage[];
}

/**
 * Joins what declarations and documentation say of one server, in their order of trust: without the commands of other programs, those
 * that serve over the network, and the demands of forms for other hosts.
 *
 * @param more what an example environment and a Dockerfile say, which is of no command
 */
export function joinOwnDeclarations(
  { serverJson, manifest, smithery, extension, readme, readmes }: Declarations,
  meant: MeantServer,
  more: readonly Findings[],
): Findings {
  const { files, folder, candidate, unit, units } = meant;
  const readmesIn = (place: string) => readmes.filter(({ path }) => folderOf(path) === place).map(({ path }) => path);
  const ofUnit = readmesIn(unit?.folder ?? folder);
  // Scripts of one folder without a manifest are files of the program that the README above them tells of.
  const areScripts = units.every((one) => !one.isServer || (isScript(one) && one.folder === unit?.folder));
  const ownReadmes = ofUnit.length === 0 && areScripts ? readmesIn(folder) : ofUnit;
  const isAlone = units.filter((one) => one.isServer).length <= 1;
  const isOtherScript = otherScriptsOf(files);
  const belongs = (launch: LaunchFinding) => {
    if (launch.registry === "npm" || launch.registry === "pypi") {
      // A package that no registry has, as yet, is what the repository's own commands speak of all the same.
      const own = candidate ?? unit;
      return (
        own !== null &&
        own.registry === launch.registry &&
        launch.package !== null &&
        isSamePackage(own.registry, own.name ?? "", launch.package)
      );
    }
    // A command in a shell block may run anything of the checkout: its tests, its build.
    if (launch.registry === "source" && !launch.isConfiguration)
      if (!startsUnit(launch, units) || isOtherScript(launch)) return false;
    return isAlone || launch.provenance.from !== "readme" || isOfReadme(launch, ownReadmes);
  };
  // A folder that shows its own server is not told by the README above it, which shows many.
  const isOwnShown =
    (unit?.folder ?? "") !== "" && readme.launches.some((launch) => isOfReadme(launch, ownReadmes) && belongs(launch));
  const isTold = (launch: LaunchFinding) =>
    !isOwnShown || launch.provenance.from !== "readme" || isOfReadme(launch, ownReadmes);
  const ofServer = (findings: Findings): Findings => ({
    ...findings,
    launches: withoutOtherCommands(
      findings.launches.filter(
        (launch) => belongs(launch) && isTold(launch) && !launch.isNetwork && !isOfHelper(launch),
      ),
    ),
  });
  const known = new Set(serverJson.launches.flatMap((launch) => launch.inputs.map((input) => input.key)));
  return joinFindings([
    ofServer(serverJson),
    withoutDemands(ofServer(manifest), known),
    withoutDemands(ofServer(smithery), known),
    ofServer(readme),
    withoutDemands(ofServer(extension), known),
    ...more,
  ]);
}

/** Returns whether a package is none, but a file that makes a server by itself. */
function isScript({ path }: RepositoryPackage): boolean {
  return /\.(?:py|[mc]?[jt]sx?)$/.test(path) && !path.endsWith("setup.py");
}

/** Returns whether a command starts a program beside the server that prepares something: `uvx --from thing-mcp thing-auth --client-id ID`. */
function isOfHelper(launch: LaunchFinding): boolean {
  return isHelper(launch.program) && launch.program !== launch.package;
}

function isOfReadme(launch: LaunchFinding, paths: readonly string[]): boolean {
  return paths.some((path) => launch.provenance.where.startsWith(`${path}:`));
}

/**
 * Drops the demands of a declaration for values that server.json does not name at all, though it names others: a form for
 * another host asks for more than the server does.
 */
function withoutDemands(findings: Findings, known: ReadonlySet<string>): Findings {
  if (known.size === 0) return findings;
  const soften = (input: InputFinding): InputFinding =>
    input.required === true && !known.has(input.key) ? { ...input, required: null } : input;
  return {
    ...findings,
    inputs: findings.inputs.map(soften),
    launches: findings.launches.map((launch) => ({ ...launch, inputs: launch.inputs.map(soften) })),
  };
}

/**
 * Drops commands of a package that is a command line as well: `npx thing clone --into DIR`, where a client's configuration starts
 * it without such a word.
 */
function withoutOtherCommands(launches: LaunchFinding[]): LaunchFinding[] {
  const subcommand = ({ args }: LaunchFinding) => (args[0] && !args[0].startsWith("-") ? args[0] : "");
  const configured = new Set(launches.filter((launch) => launch.isConfiguration).map(subcommand));
  return launches.filter(
    (launch) => configured.size === 0 || launch.isConfiguration || configured.has(subcommand(launch)),
  );
}
