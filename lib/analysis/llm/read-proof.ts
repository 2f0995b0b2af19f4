import { isJavaScript, type TextFile } from "../fetch/files.ts";
import { isGenericName, isHostingOnlyName, isSecretName } from "../inputs/input-names.ts";
import type { ModelInput } from "./answer.ts";
import { readNamesInCode } from "./code-names.ts";
import { type Evidence, isDocumentation, isDocumented, isOwnCode } from "./evidence.ts";
import type { Place } from "./place.ts";

const MAX_TEXT_LENGTH = 400_000;
const MAX_COMPOSED = 200;

/**
 * Returns whether a line shows that the server reads an input which the scan left out: its own code reads it there; or code builds
 * the name from parts and documentation names it whole; or it was left out for its name alone, and documentation names it.
 */
export function provesRead(told: ModelInput, place: Place, evidence: Evidence): boolean {
  const { key, target } = told;
  const { seen } = evidence;
  if (!place.has(key) || isHostingOnlyName(key)) return false;
  if (isDocumentation(place.file.path)) return target === "env" && !isGenericName(key) && isComposed(key, evidence);
  if (!isOwnCode(place, evidence)) return false;
  const names = readNamesInCode(place.file, place.lineNumber);
  // What the scan saw and left out serves another transport or another command.
  if (seen.keys.has(key)) return isOverlooked(key, evidence) && names.has(key) && hasReader(names, key);
  if (isGenericName(key)) return false;
  return target === "arg" ? names.has(key) && hasReader(names, key) : isReadAt(place, key, names);
}

/** Returns whether the scan left a variable out because its name looks like the system's, where documentation names it. */
function isOverlooked(key: string, evidence: Evidence): boolean {
  const isLeftOut = isGenericName(key) && !isSecretName(key);
  return isLeftOut && evidence.seen.used.has(key) && isDocumented(key, evidence);
}

/** A name by which code gets at its environment, its settings or its command line. */
const READER = /env|config|setting|option|flag|arg|param|viper|field|prop/i;
/** A call that does something else with a name. */
const OTHER_CALL = /set_?(env|var)|setenv|append|push|delete|remove|includes|contains|has$|log|print/i;

function isReadAt({ file, lineNumber, line }: Place, key: string, names: ReadonlySet<string>): boolean {
  // JavaScript replaces `${NAME}` by a variable of its own.
  if (!isJavaScript(file.path) && isExpanded(names, key)) return true;
  // LATE_KEY: stringFromEnv,
  const [name, reader = ""] = line.trim().split(": ", 2);
  if (names.has(key) && name === key && /^\w{1,60},?$/.test(reader) && /env/i.test(reader)) return true;
  if (!names.has(key)) return isToldInHelp(line, key);
  const quoted = [`"${key}"`, `'${key}'`, `\`${key}\``].map((one) => line.indexOf(one)).find((at) => at >= 0) ?? -1;
  if (quoted < 0) return false;
  // settings['KEY'] = value
  if (/^[^\])]{0,3}\]\s?=[^=]/.test(line.slice(quoted + key.length + 1))) return false;
  const before = line.slice(0, quoted).trimEnd();
  if (before !== "") return isReader(before);
  // config.getNumber(
  //   'REQUEST_TIMEOUT',
  return isReader(
    file.text
      .split("\n", lineNumber - 1)
      .at(-1)
      ?.trimEnd() ?? "",
  );
}

/** Returns whether a text ends with a call or an index that reads a setting: `settings.get(`. */
function isReader(before: string): boolean {
  if (!/[[(]$/.test(before.slice(-1))) return false;
  const callee =
    before
      .slice(-100, -1)
      .split(/[^\w$.:]/)
      .at(-1) ?? "";
  return READER.test(callee) && !OTHER_CALL.test(callee);
}

function hasReader(names: ReadonlySet<string>, key: string): boolean {
  return [...names].some((name) => name !== key && READER.test(name));
}

/** "Can also be set via TOOLS environment variable", in the help of the code itself. */
function isToldInHelp(line: string, key: string): boolean {
  const at = line.indexOf(key);
  const isVariable = /^["'`]? env/i.test(line.slice(at + key.length, at + key.length + 10));
  return (
    isVariable &&
    !isSecretName(key) &&
    /\bset (via|through|by|with|using) (the )?["'`]?$/i.test(line.slice(0, at).slice(-40))
  );
}

/** Returns whether one of a line's strings is replaced by a variable: `${NAME}`, `${NAME:default}`. */
export function isExpanded(names: ReadonlySet<string>, key: string): boolean {
  return [...names].some((name) => name === `\${${key}}` || name.startsWith(`\${${key}:`));
}

/** Parts of a name, with something between or behind them. */
interface Composition {
  prefix: string;
  suffix: string;
}

/** f"CHROMA_{provider}_API_KEY", `CHROMA_${provider}_API_KEY`, "CHROMA_%s_API_KEY" */
const TEMPLATE = /["'`]([A-Z][A-Z0-9_]{1,40}_)(?:\$?\{[^{}"'`\n]{1,60}\}|%s)((?:_[A-Z0-9]{1,30}){0,5})["'`]/g;
/** "GITHUB_MCP_" + key */
const CONCATENATION = /["'`]([A-Z][A-Z0-9_]{1,40}_)["'`] ?\+/g;

/** Returns whether the server's code builds a name from parts where it reads its environment. */
export function isComposed(key: string, evidence: Evidence): boolean {
  const files = [...evidence.files.files.values()].filter(({ path }) => evidence.seen.paths.has(path));
  return files.some((file) =>
    listCompositions(file).some(({ prefix, suffix }) => {
      const isFramed = key.startsWith(prefix) && key.endsWith(suffix) && key.length > prefix.length + suffix.length;
      const rest = key.slice(prefix.length);
      return isFramed && (suffix !== "" || files.some(({ text }) => text.includes(`"${rest}"`)));
    }),
  );
}

function listCompositions(file: TextFile): Composition[] {
  const text = file.text.slice(0, MAX_TEXT_LENGTH);
  const found: Composition[] = [];
  for (const pattern of [TEMPLATE, CONCATENATION]) {
    for (const match of text.matchAll(pattern)) {
      if (found.length >= MAX_COMPOSED) return found;
      const [, prefix = "", suffix = ""] = match;
      // In the same statement, perhaps on the line before.
      if (/env/i.test(text.slice(Math.max(0, match.index - 120), match.index + 120))) found.push({ prefix, suffix });
    }
  }
  return found;
}
