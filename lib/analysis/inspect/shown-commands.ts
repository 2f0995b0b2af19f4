import { baseName, type FileSet, type TextFile } from "../fetch/files.ts";
import type { LaunchFinding } from "../inputs/findings.ts";
import type { Input } from "../spec.ts";
import type { RepositoryPackage } from "./repository-package.ts";
import { isServerSource } from "./repository-packages.ts";
import { sharesName } from "./telling-words.ts";

/** Which commands run the server. */
interface Runs {
  units: readonly RepositoryPackage[];
  /** "owner/name" of the repository, whose own program is named like it. */
  slug: string;
}

/**
 * The inputs that every command of the documentation gives a value. Configurations that run a checkout count where none runs a
 * package. A flag that does the same as a variable shows the variable.
 */
export function shownAlways(
  inputs: readonly Input[],
  launches: readonly LaunchFinding[],
  { twins, ...runs }: Runs & { twins: ReadonlyMap<string, string> },
): Set<string> {
  const shown = shownCommands(launches, runs);
  const isShown = (key: string) =>
    shown.every((launch) => launch.inputs.some((input) => input.key === key || twins.get(input.key) === key));
  const isOfUse = ({ key }: Input) => !OF_PROGRAM.test(key);
  return new Set(shown.length === 0 ? [] : inputs.filter(isOfUse).flatMap(({ key }) => (isShown(key) ? [key] : [])));
}

/** Settings of how a program runs. No server needs one, though an example shows it. */
const OF_PROGRAM = /(?:^|_)(?:LOG_?LEVEL|LOG_FORMAT|LOG_OUTPUT|DEBUG|VERBOSE)$/;

function shownCommands(launches: readonly LaunchFinding[], { units, slug }: Runs): readonly LaunchFinding[] {
  // An inspector hands on the environment that it has, or asks for it in its window.
  const tellsInputs = ({ isInspected, inputs }: LaunchFinding) => isInspected !== true || inputs.length > 0;
  const documented = launches.filter((launch) => launch.provenance.from === "readme" && tellsInputs(launch));
  const packaged = documented.filter((launch) => launch.registry !== "source");
  return packaged.length > 0
    ? packaged
    : documented.filter((launch) => launch.isConfiguration && (startsUnit(launch, units) || startsNamed(launch, slug)));
}

/** The inputs that some commands of the documentation give a value, and most of them do not: one way of several. */
export function shownRarely(launches: readonly LaunchFinding[], runs: Runs): string[] {
  const shown = shownCommands(launches, runs);
  const keys = new Set(shown.flatMap((launch) => launch.inputs.map((input) => input.key)));
  const countOf = (key: string) => shown.filter((launch) => launch.inputs.some((input) => input.key === key)).length;
  return shown.length < MIN_COMMANDS ? [] : [...keys].filter((key) => countOf(key) < shown.length / 2);
}

const MIN_COMMANDS = 3;

/**
 * The inputs that few of the commands that configure anything give a value, as for one feature of many. Commands without any input say
 * nothing here: some leave out what another page explains. A flag that does the same as a variable shows the variable.
 */
export function shownForFew(
  launches: readonly LaunchFinding[],
  { twins, ...runs }: Runs & { twins: ReadonlyMap<string, string> },
): Set<string> {
  const keysOf = (launch: LaunchFinding) => launch.inputs.map(({ key }) => twins.get(key) ?? key);
  const configured = shownCommands(launches, runs).filter((launch) => launch.inputs.length > 0);
  const keys = new Set(configured.flatMap(keysOf));
  const countOf = (key: string) => configured.filter((launch) => keysOf(launch).includes(key)).length;
  const isFew = (key: string) => countOf(key) < configured.length / 2;
  return new Set(configured.length < MIN_COMMANDS ? [] : [...keys].filter(isFew));
}

/** Returns whether a command runs a command of one of the packages, or a file that may be the server. */
export function startsUnit(launch: LaunchFinding, units: readonly RepositoryPackage[]): boolean {
  const program = launch.program?.replaceAll("\\", "/") ?? "";
  const name = program.split("/").at(-1) ?? "";
  if (/\.(m?[jt]s|cjs|py|jar|dll)$/.test(name) || launch.module) return true;
  const isOwn = (own: string) => own === name || own.endsWith(`/${name}`);
  return units.some((unit) => isOwn(unit.name) || unit.commands.some((command) => command.name === name));
}

/** Returns whether a client's configuration runs a program that is named like the repository, "owner/name": one that the repository builds. */
export function startsNamed({ registry, isConfiguration, program }: LaunchFinding, slug: string): boolean {
  const name = program?.replaceAll("\\", "/").split("/").at(-1) ?? "";
  const isScript = /\.(m?[jt]s|cjs|py|sh|php|rb|pl|lua|jl|exs|r|dart|swift|kts?|java)$/i.test(name);
  return registry === "source" && isConfiguration && !isScript && sharesName(name.replace(/\.exe$/i, ""), slug);
}

/**
 * Returns a test for commands that run a script of the checkout which is neither the server nor starts it: `python tools/check.py FILE`. A
 * script that starts the server names the module that it is in.
 */
export function otherScriptsOf(set: FileSet): (launch: LaunchFinding) => boolean {
  const files = [...set.files.values()];
  let servers: TextFile[] | null = null;
  return ({ registry, program: written }) => {
    const program = written?.replaceAll("\\", "/").replace(/^\.\//, "") ?? "";
    if (registry !== "source" || !/\.(py|m?[jt]s|cjs)$/.test(program)) return false;
    const script = files.find(({ path }) => path === program || path.endsWith(`/${program}`));
    servers ??= files.filter(isServerSource);
    if (!script || servers.length === 0 || servers.includes(script)) return false;
    const names = servers.flatMap(({ path }) => [stemOf(path), path.split("/").at(-2) ?? ""]).filter(isTelling);
    return !names.some((name) => script.text.includes(name));
  };
}

function stemOf(path: string): string {
  return baseName(path).replace(/\.\w+$/, "");
}

/** Returns whether a name is a module's or package's own, as against "src" and "". */
function isTelling(name: string): boolean {
  return !/^(src|lib|app|dist|python|packages|server|main|index|)$/.test(name);
}
