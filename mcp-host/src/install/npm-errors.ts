import { InstallError } from "./errors.ts";
import type { PackageSpec } from "./spec.ts";

/** Explains a failed npm command by its output. */
export function toNpmError(spec: PackageSpec, output: string): InstallError {
  const codeText = /npm (?:error|ERR!) code (\S+)/.exec(output)?.[1] ?? "";
  if (codeText === "EINTEGRITY") {
    const message = `the registry has other files than those that were installed first of ${spec.name} ${spec.version}, or of a package that it needs`;
    return new InstallError("hash_mismatch", message);
  }
  if (codeText === "ETARGET" || /No matching version found/.test(output)) {
    const missing = /No matching version found for ((?:@[^\s@/]+\/)?[^\s@/]+)@(\S+?)\.?(?:\s|$)/.exec(output);
    const [, name = spec.name, range = spec.version] = missing ?? [];
    if (name !== spec.name) {
      const message = `${spec.name} ${spec.version} needs ${name} ${range}, of which npm has no version`;
      return new InstallError("version_not_found", message);
    }
    return new InstallError("version_not_found", `npm has no version ${spec.version} of ${spec.name}`);
  }
  if (codeText === "E404") {
    // The missing package can be a dependency of the requested one.
    const missing = /'([^']+)' is not in this registry/.exec(output)?.[1];
    const which =
      missing === undefined || missing.startsWith(`${spec.name}@`) ? spec.name : `${missing}, which ${spec.name} needs`;
    return new InstallError("package_not_found", `npm has no package ${which}`);
  }
  if (
    /^(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ERR_SOCKET_TIMEOUT|E5\d\d|UNABLE_TO|CERT_|SELF_SIGNED)/.test(
      codeText,
    )
  ) {
    return new InstallError("network", `npm could not reach its registry (${codeText})`);
  }
  const lines = output.split("\n");
  const isIncompatible = lines.some(
    (line, at) => line.includes("EBADENGINE") && lines[at + 1]?.includes("Not compatible"),
  );
  if (codeText === "EBADENGINE" || isIncompatible) {
    return new InstallError("runtime_too_old", `${spec.name} does not support Node ${process.versions.node}`);
  }
  const errors = lines.filter((line) => /npm (?:error|ERR!)/.test(line) && !/A complete log|code \S+$/.test(line));
  const detail = errors.slice(0, 3).join(" ").slice(0, 500) || output.trim().slice(-500);
  return new InstallError("install_failed", `npm could not install ${spec.name}: ${detail}`);
}
