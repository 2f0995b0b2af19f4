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
  const script = explainScript(lines);
  if (script !== null) return new InstallError("install_failed", script);
  const errors = lines.filter((line) => /npm (?:error|ERR!)/.test(line) && !/A complete log|code \S+$/.test(line));
  const detail = errors.slice(0, 3).join(" ").slice(0, 500) || output.trim().slice(-500);
  return new InstallError("install_failed", `npm could not install ${spec.name}: ${detail}`);
}

const MAX_SAID = 300;
/** Words of a line that says why a script failed, in lower case. */
const REASONS = ["error", "enotfound", "econn", "not found", "no such", "cannot", "unable", "denied", "failed"];

/** Says whose install script failed, and what it printed about it. Returns null for other failures. */
function explainScript(lines: readonly string[]): string | null {
  const command = lines.map((line) => readNpmLine(line, "command sh -c ")).find((text) => text !== null);
  const path = lines.map((line) => readNpmLine(line, "path ")).find((text) => text !== null);
  const at = path?.lastIndexOf("node_modules/") ?? -1;
  if (command === undefined || path === undefined || at < 0) return null;
  const name = path.slice(at + "node_modules/".length);
  const printed = lines.filter(
    (line) => line.trim() !== "" && !line.startsWith("> ") && !/^npm (?:error|ERR!|notice)/.test(line),
  );
  const said =
    printed.findLast((line) => REASONS.some((word) => line.toLowerCase().includes(word))) ?? printed.at(-1) ?? "";
  return `the install script of ${name} failed (${command.slice(0, MAX_SAID)})${said === "" ? "" : `: ${said.slice(0, MAX_SAID)}`}`;
}

function readNpmLine(line: string, about: string): string | null {
  for (const prefix of ["npm error ", "npm ERR! "]) {
    if (line.startsWith(prefix + about)) return line.slice(prefix.length + about.length);
  }
  return null;
}
