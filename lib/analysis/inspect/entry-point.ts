import { isModuleName, isProgramName } from "mcp-host/package-spec";
import type { TextFile } from "../fetch/files.ts";
import type { LaunchFinding } from "../inputs/findings.ts";
import { isSamePackage } from "../package-names.ts";
import type { Server } from "../spec.ts";
import type { Choice } from "./package-candidates.ts";
import type { RepositoryPackage } from "./repository-package.ts";

/** The part of a package that is started. Empty: its program that is plainly the server. */
export type EntryPoint = Pick<Server, "program" | "module" | "extras">;

/**
 * Chooses what of a package is started, as its documentation writes it: `npx -p PACKAGE PROGRAM`, `uvx --from "PACKAGE[EXTRA]"
 * PROGRAM`, `python -m MODULE`. Nothing where a command names the package alone: its own program is meant then.
 *
 * @param launches commands that belong to this server
 * @param sources the package's own code
 */
export function chooseEntryPoint(
  choice: Choice,
  unit: RepositoryPackage | null,
  launches: readonly LaunchFinding[],
  sources: readonly TextFile[],
): EntryPoint {
  const { registry, name } = choice.candidate;
  const shown = launches.filter((launch) => launch.isConfiguration || launch.registry !== "source");
  const ofPackage = shown.filter(
    (launch) =>
      launch.registry === registry && launch.package !== null && isSamePackage(registry, name, launch.package),
  );
  const extras = registry === "pypi" ? (ofPackage.find((one) => one.extras?.length)?.extras ?? []) : [];
  const withExtras = extras.length > 0 ? { extras } : {};
  const named = ofPackage.filter((launch) => launch.provenance.from !== "server.json" && !isHelper(launch.program));
  if (named.length > 0) return { ...startOf(named, registry === "pypi"), ...withExtras };
  return { ...(unit === null ? {} : startInCheckout(shown, unit, sources)), ...withExtras };
}

/** Returns the program of a package that its documentation starts, where that names one. */
export function chooseProgram(
  choice: Choice | null,
  unit: RepositoryPackage | null,
  launches: readonly LaunchFinding[],
): string | null {
  // Without code, it cannot be a module's.
  return (choice && chooseEntryPoint(choice, unit, launches, []).program) ?? null;
}

/** Reads which part commands of the package start. A command that names no program means the package's own. */
function startOf(launches: readonly LaunchFinding[], isPython: boolean): EntryPoint {
  if (launches.some((launch) => !launch.program && !launch.module)) return {};
  for (const { program, module } of launches) {
    if (isPython && module && isModuleName(module)) return { module };
    if (program && isProgramName(program)) return { program };
  }
  return {};
}

/**
 * Reads which part commands of a checkout start: one of the package's programs, or a module of its code.
 */
function startInCheckout(
  launches: readonly LaunchFinding[],
  unit: RepositoryPackage,
  sources: readonly TextFile[],
): EntryPoint {
  const own = launches.filter((launch) => launch.registry === "source" && !isHelper(launch.program));
  const commands = unit.commands.map((command) => command.name);
  const program = own.find((launch) => launch.program && commands.includes(launch.program))?.program;
  if (program && commands.length > 1 && isProgramName(program)) return { program };
  if (program || unit.registry !== "pypi") return {};
  const module = own.find((launch) => launch.module && hasModule(launch.module, sources))?.module;
  return module && isModuleName(module) ? { module } : {};
}

/** Returns whether a program signs in or sets something up, and ends. */
export function isHelper(program: string | null | undefined): boolean {
  const name = program ?? "";
  return (
    /(^|[-_.])(auth|login|setup|init|install|config|configure|migrate|seed)$/i.test(name) ||
    /[-_]generate[-_]/i.test(name)
  );
}

function hasModule(module: string, sources: readonly TextFile[]): boolean {
  const path = module.replaceAll(".", "/");
  return sources.some(
    (file) => `/${file.path}`.endsWith(`/${path}.py`) || `/${file.path}`.endsWith(`/${path}/__main__.py`),
  );
}
