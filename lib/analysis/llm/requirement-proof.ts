import { isJavaScript } from "../fetch/files.ts";
import { requiredInText } from "../readers/requirement-words.ts";
import type { Input } from "../spec.ts";
import type { ModelInput } from "./answer.ts";
import { readNamesInCode } from "./code-names.ts";
import { type Evidence, isOwnCode, lineOf, otherNames } from "./evidence.ts";
import type { Place } from "./place.ts";
import { isExpanded } from "./read-proof.ts";
import { agreedRequired } from "./trust.ts";

/** Words of a sentence that demands a value, or that calls it an option. */
export const DEMAND =
  /\b(required|requires|must|mandatory|needed|necessary|missing|not set|not found|throw|exit|raise|abort)\b/i;
const OPTION = /\b(optional|optionally|default|defaults|not required|not needed|fallback|falls back|unless|if set)\b/i;

const DECLARATION_SOURCES = new Set(["server.json", "registry", "manifest.json", "smithery.yaml"]);

/** Returns whether a file that is made for it declares an input. */
export function isDeclared(input: Input): boolean {
  return input.provenance.some((one) => DECLARATION_SOURCES.has(one.from));
}

/**
 * Judges again whether an input is required, where a line shows it or the answer can be trusted. What has a value of its own is settled,
 * and without trust what the code demands.
 *
 * @param told all that the answer says of the input
 * @param inputs the inputs as they are judged so far
 */
export function judgeRequired(
  input: Input,
  told: readonly ModelInput[],
  inputs: readonly Input[],
  evidence: Evidence,
): boolean {
  if (input.default !== null) return input.required;
  if (evidence.isTrusted) return agreedRequired(told) ?? input.required;
  if (evidence.demanded.has(input.key) || isDeclared(input)) return input.required;
  const isProven = told.some((one) => {
    if (one.required === null || one.required === input.required) return false;
    const place = lineOf(one, evidence);
    if (place === null || !place.has(input.key)) return false;
    return one.required ? provesDemand(input, place, inputs, evidence) : isSaidOptional(input, place);
  });
  return isProven ? !input.required : input.required;
}

/** A sentence about this input alone calls it optional. */
function isSaidOptional({ key }: Input, { line }: Place): boolean {
  return requiredInText(line) === false && otherNames(line, key).length === 0;
}

function provesDemand(input: Input, place: Place, inputs: readonly Input[], evidence: Evidence): boolean {
  const { key } = input;
  // What a command line demands is often a subcommand's.
  if (input.target !== "env") return false;
  const isAlone = otherNames(place.line, key).length === 0;
  // A line that demands it in one case alone, or that speaks of another, proves nothing.
  if (isAlone && requiredInText(place.line) === true && !OPTION.test(place.line)) return true;
  if (!isOwnCode(place, evidence)) return false;
  const names = readNamesInCode(place.file, place.lineNumber);
  if (!isJavaScript(place.file.path) && isExpanded(names, key)) return isExpandedBare(names, key, place);
  if (!evidence.seen.bare.has(key) || !names.has(key) || evidence.draft.alternatives.length > 0) return false;
  if (!place.line.includes("(") || /\b(if|or|else)\b|\?|\|\|/.test(place.line)) return false;
  return isOnlySecret(input, place, inputs) || isAddressOfSecret(input, names, inputs);
}

/** `${NAME}` in a file that gives other variables a default where they are replaced: `${NAME:default}`. */
function isExpandedBare(names: ReadonlySet<string>, key: string, { file }: Place): boolean {
  return names.has(`\${${key}}`) && /"\$\{[A-Z][A-Z0-9_]{1,60}:[^{}"\n]{0,100}\}"/.test(file.text.slice(0, 400_000));
}

/** The one secret of a server that requires nothing, which code hands on as a credential: `token=THING_TOKEN`. */
function isOnlySecret({ key, secret }: Input, { line }: Place, inputs: readonly Input[]): boolean {
  const before = line.slice(0, line.indexOf(key));
  const isHandedOn = /(token|key|secret|password|auth\w{0,20}|credentials?)["']?\s?[=:]\s?$|[(,]\s?$/i.test(
    before.slice(-60),
  );
  return secret && isHandedOn && inputs.every((one) => one.key === key || (!one.secret && !one.required));
}

/** The address that code hands over together with the credential that it requires. */
function isAddressOfSecret({ key }: Input, names: ReadonlySet<string>, inputs: readonly Input[]): boolean {
  const isAddress = /(^|_)(URL|URI|HOST|ENDPOINT|DOMAIN)$/.test(key);
  return isAddress && inputs.some((one) => one.secret && one.required && names.has(one.key));
}
