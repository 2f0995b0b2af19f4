import { stripVTControlCharacters } from "node:util";
import type { StoredSpec } from "../inputs/stored-spec.ts";

const MAX_LINE_CHARACTERS = 500;

/** A line that names its error at its beginning, in the order of how much it tells. */
const TELLING = [
  // Node, Python, Java: "TypeError: …", "pydantic_core._pydantic_core.ValidationError: …", "Error [ERR_X]: …"
  /^(?:Uncaught |Unhandled |Fatal )?(?:[a-z_][\w.]{0,100}\.)?[A-Z]\w{0,60}(?:Error|Exception|Warning|Exit)(?: \[\w+\])?:\s*\S/,
  /^Error(?: \[\w+\])?:\s*\S/,
  // Command lines, Go and Rust: "error: …", "fatal: …", "panic: …", "npm ERR! …", "thread 'main' panicked at …"
  /^(?:\S{1,80}: )?(?:error|fatal|panic)(?: \w{1,20})?:\s*\S/i,
  /^thread '\S{1,60}' panicked|^\[?(?:error|fatal|critical)\]?\b/i,
  /\b(?:error|fatal|failed|cannot|could not|unable to|not found|denied|refused|invalid|missing|required)\b/i,
];

/** Frames of a stack, markers below code, and usage texts tell nothing about the cause. */
const UNTELLING = /^\s*(?:at |File "|\^|~|\||\d+ \||Node\.js v\d|usage:|options:|-{1,2}\w|\.\.\. )/i;

/** Returns a line without colors and other terminal codes, which hide its words from recognizers. */
export function stripTerminalCodes(line: string): string {
  return stripVTControlCharacters(line);
}

/**
 * Finds the line that tells the cause among a crashed program's last lines: the last one of the most telling kind. Errors stand
 * before a stack, a usage text or a farewell, so that the very last line seldom tells it.
 *
 * @param lines without terminal codes
 * @returns the line, of 500 characters at most, or null when none tells anything
 */
export function findTellingLine(lines: string[]): string | null {
  const candidates = lines
    .filter((line) => !UNTELLING.test(line))
    .map((line) => line.trim().slice(0, MAX_LINE_CHARACTERS))
    .filter((line) => line !== "");
  for (const pattern of TELLING) {
    const found = candidates.findLast((line) => pattern.test(line));
    if (found !== undefined) return found;
  }
  return candidates.at(-1) ?? null;
}

/** Returns a hint about what the line says, or null when it says nothing known. */
export function explainLine(line: string, { server }: Pick<StoredSpec, "server">): string | null {
  if (
    /unknown (?:option|argument|flag|command)|unrecognized (?:option|argument)|unexpected argument|no such option|flag provided but not defined/i.test(
      line,
    )
  ) {
    const named = server.args.find((arg) => arg.startsWith("-") && line.includes(arg.split("=")[0] ?? arg));
    return named === undefined
      ? "It does not know one of its arguments. Correct the arguments, then deploy again."
      : `It does not know ${named}, an argument that Catwalk took from its documentation. Deploy it again without it.`;
  }
  if (
    /\b(?:ECONNREFUSED|ENOTFOUND|ETIMEDOUT|ECONNRESET|EAI_AGAIN)\b|getaddrinfo|connection (?:refused|reset|timed out)|name or service not known|no route to host|network is unreachable/i.test(
      line,
    )
  ) {
    return "It could not reach a service that it needs. Check the address in its credentials, and that the service is reachable from the machine.";
  }
  if (
    /cannot find (?:module|package)|MODULE_NOT_FOUND|ModuleNotFoundError|ImportError|cannot import name|undefined symbol|GLIBC/i.test(
      line,
    )
  ) {
    return "The package is incomplete: it lacks something that it needs to start. Choose another version, or tell its maker.";
  }
  if (/SyntaxError/.test(line)) {
    return "Its code does not run on this version of the runtime. Choose another version of the package.";
  }
  if (/EACCES|EROFS|permission denied|read-only file system/i.test(line)) {
    if (/\/(?:packages|install)\/[0-9a-f]{16}-/.test(line)) {
      return "It wants to write into its own package, which is read-only: the next version would replace what it keeps there. Name a folder below its home in its inputs.";
    }
    return "It may not write where it wants to. Name a folder below its home in its inputs.";
  }
  if (/\b(?:invalid|malformed|unsupported) (?:url|uri)\b|ERR_INVALID_URL|no scheme supplied/i.test(line)) {
    return "One of its values should be a whole address, such as https://example.com or postgresql://host/name. Correct it, then retry.";
  }
  const isSpawn = line.includes("spawn ") && line.includes("ENOENT");
  if (isSpawn || /\bcommand not found\b|\bnot found in (?:\$?PATH|the path)\b/i.test(line)) {
    return "It starts a program that its machine does not have. Install the program there, or choose a server that does without.";
  }
  if (
    /\bENOENT\b|\bno such file or directory\b|\bfile (?:\S{1,200} )?(?:was |is |does )?not (?:found|exist)/i.test(line)
  ) {
    return "It looks for a file that its machine does not have. Add it under Credentials: “Add a variable, argument or file”.";
  }
  if (/EADDRINUSE|address already in use/i.test(line)) {
    return "It wants a port of its own that is taken. Choose another port or its stdio transport in its arguments.";
  }
  if (
    /\b(?:401|403|unauthorized|forbidden|invalid (?:api.?key|token|credentials?)|authentication failed|access denied)\b/i.test(
      line,
    )
  ) {
    return "The service behind it refuses the credentials. Check them, then retry.";
  }
  return null;
}
