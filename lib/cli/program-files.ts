import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { z } from "zod";

/** The files of programs that run from their sources. */
export interface ProgramFiles {
  /** Absolute paths of the sources. */
  sources: Set<string>;
  /** Absolute folders of the packages that they import, and of everything that these depend on. */
  packages: Set<string>;
}

const IMPORT = /^(?:import|export|\}).*\bfrom "([^"\n]+)"|\b(?:import|new URL)\("(\.[^"\n]+)"/gm;
const manifestSchema = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

/**
 * Lists the files of programs and of everything that they import.
 *
 * @param root absolute path of the project
 * @param entries the programs, relative to the root
 * @throws Error when a package is not installed
 */
export function listProgramFiles(root: string, entries: readonly string[]): ProgramFiles {
  const sources = new Set<string>();
  const names = new Set<string>();
  const visit = (path: string): void => {
    if (sources.has(path)) return;
    sources.add(path);
    for (const [, fromStatement, fromCall] of readFileSync(path, "utf8").matchAll(IMPORT)) {
      const specifier = fromStatement ?? fromCall ?? "";
      if (/^\.{1,2}\/.*\.ts$/.test(specifier)) visit(resolve(dirname(path), specifier));
      else if (!/^(\.|node:)/.test(specifier)) names.add(packageOf(specifier));
    }
  };
  for (const entry of entries) visit(join(root, entry));
  return { sources, packages: listPackages(root, names) };
}

/** Lists the folders of packages and of everything that they depend on, as Node resolves them. */
export function listPackages(root: string, names: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const path = locate(name, from);
    if (found.has(path)) return;
    found.add(path);
    const { dependencies } = manifestSchema.parse(JSON.parse(readFileSync(join(path, "package.json"), "utf8")));
    for (const dependency of Object.keys(dependencies)) visit(dependency, path);
  };
  for (const name of names) visit(name, root);
  return found;
}

/** Returns patterns for Next's file tracing that include the files of programs, relative to the root. */
export function traceProgram(root: string, entries: readonly string[]): string[] {
  const { sources, packages } = listProgramFiles(root, entries);
  const patterns = [...packages].map((path) => `${relative(root, path)}/**/*`);
  return ["package.json", ...[...sources].map((path) => relative(root, path)), ...patterns].map((path) =>
    path.replaceAll("\\", "/"),
  );
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function locate(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", name);
    if (existsSync(join(path, "package.json"))) return path;
    if (folder === dirname(folder)) throw new Error(`${name}, which ${from} depends on, is not installed`);
  }
}
