export interface PackageSpec {
  registry: "npm" | "pypi";
  name: string;
  /** Extras of a PyPI package, sorted (PEP 508). Always empty for npm. */
  extras: string[];
  /** One exact version, never a range or a tag. */
  version: string;
}

/** What to start of an installed package. Null: its program that is plainly the server. */
export type EntryPoint = { program: string } | { module: string } | null;

const NPM =
  /^npm:((?:@[A-Za-z0-9][A-Za-z0-9._~-]*\/)?[A-Za-z0-9][A-Za-z0-9._~-]*)@([0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?)$/;
const PYPI =
  /^pypi:([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[([A-Za-z0-9._, -]*)\])?==([0-9A-Za-z][0-9A-Za-z.!+_-]*)$/;
const EXTRA = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
/** A plain file name that no package client or shell takes for a flag or a path. */
const PROGRAM = /^[A-Za-z0-9_][\w.-]{0,99}$/;
/** With one of these, arguments from a repository would be code or options of the interpreter or package client. */
const INTERPRETER = /^(?:python|pypy|pip|node|npm|npx|corepack|uv|uvx)[\d.]*$/i;
const MODULE = /^[A-Za-z_]\w{0,99}(?:\.[A-Za-z_]\w{0,99}){0,9}$/;
const MAX_LENGTH = 300;

/**
 * Reads `npm:NAME@VERSION`, `pypi:NAME==VERSION` or `pypi:NAME[EXTRA,…]==VERSION`, or returns null. A package client cannot take what
 * passes for a flag, a path, a URL or an alias. npm takes a version that ends in an archive's suffix for a file.
 */
export function parsePackageSpec(text: string): PackageSpec | null {
  if (text.length > MAX_LENGTH || text.includes("..")) return null;
  const npm = NPM.exec(text);
  if (npm?.[1] !== undefined && npm[2] !== undefined) {
    if (/\.(?:tgz|tar|tar\.gz)$/i.test(npm[2])) return null;
    return { registry: "npm", name: npm[1], extras: [], version: npm[2] };
  }
  const pypi = PYPI.exec(text);
  if (pypi?.[1] === undefined || pypi[3] === undefined) return null;
  const extras = (pypi[2] ?? "").split(",").map((extra) => extra.trim());
  if (pypi[2] !== undefined && !extras.every((extra) => EXTRA.test(extra))) return null;
  const wanted = pypi[2] === undefined ? [] : [...new Set(extras)].sort();
  return { registry: "pypi", name: pypi[1], extras: wanted, version: pypi[3] };
}

/**
 * Returns whether a package can be asked for this program. Interpreters and package clients are refused: they would run
 * their arguments.
 */
export function isProgramName(name: string): boolean {
  return PROGRAM.test(name) && !INTERPRETER.test(name);
}

/** Returns whether a text is the dotted name of a Python module. */
export function isModuleName(name: string): boolean {
  return MODULE.test(name);
}

/** Returns the spec as its package client writes it. */
export function toClientSpec({ registry, name, extras, version }: PackageSpec): string {
  if (registry === "npm") return `${name}@${version}`;
  return `${name}${extras.length === 0 ? "" : `[${extras.join(",")}]`}==${version}`;
}
