import type { FileSet } from "../fetch/files.ts";
import { makesPythonServer } from "./python-servers.ts";
import { type RepositoryPackage, sourcesOf } from "./repository-packages.ts";

const PROGRAM = /^if __name__ ?== ?["']__main__["']/m;

/** Returns whether a Python package without commands has a script that makes the server and is a program: `python server.py` starts it. */
export function isStartedAsScript(set: FileSet, unit: RepositoryPackage, all: readonly RepositoryPackage[]): boolean {
  if (unit.registry !== "pypi" || !unit.isServer || unit.commands.length > 0) return false;
  return sourcesOf(set, unit, all).some(({ text }) => makesPythonServer(text) && PROGRAM.test(text));
}
