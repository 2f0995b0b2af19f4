import { isNpmName, isNpmVersion, isPypiName, isPypiVersion } from "mcp-host/package-spec";

/** Returns whether a text is a package's name in this registry, and nothing else to the registry's clients. */
export function isPackageName(registry: "npm" | "pypi", name: string): boolean {
  return registry === "npm" ? isNpmName(name) : isPypiName(name);
}

/** Returns whether a text is one exact version to this registry's clients: no range, tag, alias, file or URL. */
export function isExactVersion(registry: "npm" | "pypi", version: string): boolean {
  return registry === "npm" ? isNpmVersion(version) : isPypiVersion(version);
}

/** Returns whether two package names are the same by the registry's rules (PEP 503 for PyPI). */
export function isSamePackage(registry: "npm" | "pypi", a: string, b: string): boolean {
  const normalize = (name: string) => (registry === "pypi" ? name.toLowerCase().replace(/[-_.]+/g, "-") : name);
  return normalize(a) === normalize(b);
}
