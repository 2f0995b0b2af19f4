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

const NPM_NAME = /^(?:@[A-Za-z0-9][A-Za-z0-9._~-]*\/)?[A-Za-z0-9][A-Za-z0-9._~-]*$/;
/** Semantic Versioning 2.0.0, without a leading "v". What is looser may be a range or a tag to npm. */
const NPM_VERSION =
  /^(?:0|[1-9]\d{0,14})\.(?:0|[1-9]\d{0,14})\.(?:0|[1-9]\d{0,14})(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
/** Python distribution names, and names of their extras (PEP 508). */
const PYPI_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
/** A version by PEP 440, appendix B, without a leading "v". */
const PYPI_VERSION =
  /^(?:\d{1,9}!)?\d{1,20}(?:\.\d{1,20}){0,20}(?:[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview)[-_.]?\d{0,9})?(?:-\d{1,9}|[-_.]?(?:post|rev|r)[-_.]?\d{0,9})?(?:[-_.]?dev[-_.]?\d{0,9})?(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?$/i;
/** Endings by which npm, pip and uv take a text for a file. */
const ARCHIVE = /\.(?:tgz|tar|gz|bz2|xz|lz|lzma|tbz|tbz2|txz|tlz|zip|whl|egg)$/i;
/** A plain file name that no package client or shell takes for a flag or a path. */
const PROGRAM = /^[A-Za-z0-9_][\w.-]{0,99}$/;
/** With one of these, arguments from a repository would be code or options of the interpreter, shell or package client. */
const INTERPRETER =
  /^(?:python|pypy|pip|pipx|node|npm|npx|pnpm|yarn|corepack|uv|uvx|bun|bunx|deno|tsx|ts-node|perl|ruby|php|sh|ash|bash|dash|zsh|ksh|csh|fish|env|sudo|xargs|cmd|pwsh|powershell)[\d.]*(?:\.exe)?$/i;
const MODULE = /^[A-Za-z_]\w{0,99}(?:\.[A-Za-z_]\w{0,99}){0,9}$/;
const MAX_LENGTH = 500;
const MAX_NAME_LENGTH = 214;
const MAX_VERSION_LENGTH = 100;

/** Returns whether a text is the name of a package in a registry of npm's, and no file, folder, URL, alias or flag to npm. */
export function isNpmName(name: string): boolean {
  return isPlain(name, MAX_NAME_LENGTH) && NPM_NAME.test(name);
}

/** Returns whether a text is one exact version to npm: no range, tag, alias, file or URL. */
export function isNpmVersion(version: string): boolean {
  return isPlain(version, MAX_VERSION_LENGTH) && NPM_VERSION.test(version);
}

/** Returns whether a text is the name of a Python distribution, and no file, folder, URL or flag to pip and uv. */
export function isPypiName(name: string): boolean {
  return isPlain(name, MAX_NAME_LENGTH) && PYPI_NAME.test(name);
}

/** Returns whether a text is one exact version to pip and uv: no range, wildcard, marker, file or URL. */
export function isPypiVersion(version: string): boolean {
  return isPlain(version, MAX_VERSION_LENGTH) && PYPI_VERSION.test(version);
}

/** Returns whether a text is the name of an extra of a Python distribution. */
export function isExtraName(extra: string): boolean {
  return isPlain(extra, 100) && PYPI_NAME.test(extra);
}

function isPlain(text: string, maxLength: number): boolean {
  return text.length <= maxLength && !text.includes("..") && !ARCHIVE.test(text);
}

/**
 * Reads `npm:NAME@VERSION`, `pypi:NAME==VERSION` or `pypi:NAME[EXTRA,…]==VERSION`, or returns null. A package client cannot take what
 * passes for a flag, a path, a URL or an alias.
 */
export function parsePackageSpec(text: string): PackageSpec | null {
  if (text.length > MAX_LENGTH) return null;
  const npm = /^npm:(@?[^@]+)@([^@]+)$/.exec(text);
  if (npm?.[1] !== undefined && npm[2] !== undefined) {
    if (!isNpmName(npm[1]) || !isNpmVersion(npm[2])) return null;
    return { registry: "npm", name: npm[1], extras: [], version: npm[2] };
  }
  const pypi = /^pypi:([^[=]+)(?:\[([^\]]*)\])?==([^=]+)$/.exec(text);
  if (pypi?.[1] === undefined || pypi[3] === undefined) return null;
  if (!isPypiName(pypi[1]) || !isPypiVersion(pypi[3])) return null;
  const extras = (pypi[2] ?? "").split(",").map((extra) => extra.trim());
  if (pypi[2] !== undefined && !extras.every(isExtraName)) return null;
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
