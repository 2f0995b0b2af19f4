export interface PackageSpec {
  registry: "npm" | "pypi";
  name: string;
  /** One exact version, never a range or a tag. */
  version: string;
}

const NPM =
  /^npm:((?:@[A-Za-z0-9][A-Za-z0-9._~-]*\/)?[A-Za-z0-9][A-Za-z0-9._~-]*)@([0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?)$/;
const PYPI = /^pypi:([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==([0-9A-Za-z][0-9A-Za-z.!+_-]*)$/;
const MAX_LENGTH = 300;

/**
 * Reads `npm:NAME@VERSION` or `pypi:NAME==VERSION`, or returns null. A package client cannot take what passes for a flag, a path, a
 * URL or an alias.
 */
export function parsePackageSpec(text: string): PackageSpec | null {
  if (text.length > MAX_LENGTH || text.includes("..")) return null;
  const npm = NPM.exec(text);
  if (npm?.[1] !== undefined && npm[2] !== undefined) return { registry: "npm", name: npm[1], version: npm[2] };
  const pypi = PYPI.exec(text);
  if (pypi?.[1] !== undefined && pypi[2] !== undefined) return { registry: "pypi", name: pypi[1], version: pypi[2] };
  return null;
}

/** Returns the spec as its package client writes it. */
export function toClientSpec(spec: PackageSpec): string {
  return spec.registry === "npm" ? `${spec.name}@${spec.version}` : `${spec.name}==${spec.version}`;
}
