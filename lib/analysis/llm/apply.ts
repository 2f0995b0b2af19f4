import { type FileSet, isForeign } from "../fetch/files.ts";
import {
  formatLabel,
  guessType,
  isEnvName,
  isGenericName,
  isHostingOnlyName,
  isProgramFlag,
  isSecretName,
  isTransportName,
  upperName,
} from "../inputs/input-names.ts";
import { isRuntimeFlag } from "../inputs/steering-variables.ts";
import { requiredInText } from "../readers/requirement-words.ts";
import type { Seen } from "../scan/scan.ts";
import type { Alternative, Input } from "../spec.ts";
import type { Draft } from "../types.ts";
import type { ModelAnswer, ModelInput } from "./answer.ts";
import { isCode, readNamesInCode } from "./code-names.ts";
import { toSafeLabel, toSafeText } from "./model-text.ts";
import { findPlace, type Place } from "./place.ts";

const MAX_ADDED = 30;
const DECLARATION_SOURCES = new Set(["server.json", "registry", "manifest.json", "smithery.yaml"]);

/** Facts that the files settle and no answer can change. */
export interface Settled {
  /** Keys without which the code fails. */
  demanded: ReadonlySet<string>;
  /** What the scan of the server's code covered, or null where that is not known. */
  seen: Seen | null;
  /** Paths of the files that the model was shown. */
  paths: readonly string[];
}

/** The findings that an answer is compared with. */
interface Evidence extends Settled {
  files: FileSet;
  /** Keys of all inputs of the draft. */
  known: ReadonlySet<string>;
}

/**
 * Merges a model's answer into the draft. The model read hostile text, so its answer is bounded: it describes known inputs, and
 * changes what is known of them, adds or drops one only with a line of a file that proves it. How the server runs, defaults
 * and literal arguments do not change.
 */
export function applyAnswer(draft: Draft, answer: ModelAnswer, files: FileSet, settled: Settled): Draft {
  const evidence: Evidence = { ...settled, files, known: new Set(draft.inputs.map((input) => input.key)) };
  const told = new Map(answer.inputs.map((input) => [`${input.target}:${input.key}`, input]));
  const unneeded = listUnneeded(draft, answer, evidence);
  const inputs = draft.inputs
    .filter((input) => !unneeded.has(input.key))
    .map((input) => {
      const one = told.get(`${input.target}:${input.key}`);
      return one ? refineInput(input, one, evidence) : input;
    });
  const added = listAdded(draft, answer, evidence).filter((input) => !unneeded.has(input.key));
  const all = [...inputs, ...added].slice(0, 200);
  const keys = new Set(all.map((input) => input.key));
  const kept = draft.alternatives.filter((group) => group.oneOf.flat().every((key) => keys.has(key)));
  const alternatives = [...kept, ...newAlternatives(answer, draft.alternatives, all, evidence)].slice(0, 20);
  const members = new Set(alternatives.flatMap((group) => group.oneOf.flat()));
  const description = draft.server.description || toSafeText(answer.description, 500, null, evidence.known) || "";
  return {
    ...draft,
    server: { ...draft.server, description },
    inputs: all.map((input) => (members.has(input.key) ? { ...input, required: false } : input)),
    alternatives,
  };
}

/** Code about what a person who runs the server over stdio never sets: tests, network transports, the vendor's hosting. */
const UNNEEDED = /\btests?\b|(http|sse)_?(server|transport|app|port|listener)|vercel|lambda|cloudflare/i;

/** A line without the names of variables and the texts in it, which speak of what the server is for. */
function withoutNames(line: string): string {
  return line.replace(/"[^"]*"|'[^']*'|`[^`]*`/g, " ").replace(/\b[A-Z][A-Z0-9]*_[A-Z0-9_]+/g, " ");
}

/** Lists keys that only code reads, and that a line of it shows to be for tests, network transports or hosting. */
function listUnneeded(draft: Draft, answer: ModelAnswer, evidence: Evidence): Set<string> {
  const isOnlyRead = (input: Input) => input.provenance.every((one) => one.from === "source");
  const droppable = new Set(
    draft.inputs
      .filter((input) => isOnlyRead(input) && !input.required && !evidence.demanded.has(input.key))
      .map((input) => input.key),
  );
  const grouped = new Set(draft.alternatives.flatMap((group) => group.oneOf.flat()));
  return new Set(
    answer.unneeded
      .filter(({ key }) => droppable.has(key) && !grouped.has(key))
      .filter((one) => {
        const place = findPlace(one, evidence.files, evidence.paths);
        return (
          place !== null && isCode(place.file.path) && place.has(one.key) && UNNEEDED.test(withoutNames(place.line))
        );
      })
      .map(({ key }) => key),
  );
}

function isDeclared(input: Input): boolean {
  return input.provenance.some((one) => DECLARATION_SOURCES.has(one.from));
}

function refineInput(input: Input, told: ModelInput, evidence: Evidence): Input {
  const description = toSafeText(told.description, 1_000, input.key, evidence.known);
  const label = toSafeLabel(told.label, input.key, evidence.known);
  return {
    ...input,
    // Words of a declaration stay. Elsewhere the model's are better than a comment in the code.
    label: isDeclared(input) && input.label !== formatLabel(input.key) ? input.label : label || input.label,
    description: isDeclared(input) && input.description !== "" ? input.description : description || input.description,
    required: judgeRequired(input, told, evidence),
    secret: input.secret || (told.secret === true && speaksOfSecret(input)),
    ...refineType(input, told),
    provenance: [...input.provenance, { from: "model" as const, where: input.provenance[0]?.where ?? "" }].slice(0, 50),
  };
}

const DEMAND =
  /\b(required|requires|must|mandatory|needed|necessary|missing|not set|not found|throw|exit|raise|abort)\b/i;
const OPTION = /\b(optional|optionally|default|defaults|not required|not needed|fallback|falls back|unless|if set)\b/i;

/**
 * Judges again whether an input is required, where a line says so. What the code demands, and what has a value of its own, is
 * settled.
 */
function judgeRequired(input: Input, told: ModelInput, evidence: Evidence): boolean {
  const isSettled = evidence.demanded.has(input.key) || input.default !== null || isDeclared(input);
  if (isSettled || told.required === null || told.required === input.required) return input.required;
  const place = findPlace(told, evidence.files, evidence.paths);
  if (place === null || !place.has(input.key)) return input.required;
  const isOptional = OPTION.test(place.line);
  // A line that demands it in one case alone proves nothing.
  const isProven = told.required ? requiredInText(place.line) === true && !isOptional : isOptional;
  return isProven ? told.required : input.required;
}

/** Names of what stands beside a secret: where it is got, who has it, whether there is one. */
const BESIDE_SECRET =
  /(^|_)(URL|URI|ENDPOINT|HOST|PORT|PATH|FILE|DIR|EMAIL|USER|USERNAME|NAME|ID|MODE|TYPE|PLUGIN|LIMIT|TTL|TIMEOUT)$|^(REQUIRE|USE|ENABLE|DISABLE|IS|HAS|MAX|MIN)_/;

/** Returns whether an input's own words allow that it is a secret, so that no answer masks what is none. */
function speaksOfSecret({ key, label, description }: Input): boolean {
  if (isSecretName(key)) return true;
  if (BESIDE_SECRET.test(upperName(key))) return false;
  return /\b(secret|token|password|passphrase|credentials?|api[ _-]?key|private[ _-]?key|cookie|bearer)\b/i.test(
    `${upperName(key).replaceAll("_", " ")} ${label} ${description}`.slice(0, 3_000),
  );
}

/** Takes the model's type where the files state none. It stays a guess. A flag that takes a value does not become a switch. */
function refineType(input: Input, told: ModelInput): Pick<Input, "type" | "guessed"> {
  const isTaken = input.type === "string" && told.type !== null && told.type !== "string" && input.default === null;
  const isSwitch = input.target === "arg" && told.type === "boolean";
  if (!isTaken || told.type === null || isSwitch) return { type: input.type, guessed: input.guessed };
  return { type: told.type, guessed: [...(input.guessed ?? []), "type"] };
}

function listAdded(draft: Draft, answer: ModelAnswer, evidence: Evidence): Input[] {
  const added = new Map<string, Input>();
  for (const one of answer.inputs) {
    if (added.size >= MAX_ADDED) break;
    if (evidence.known.has(one.key) || added.has(one.key) || hasTwin(one, draft.inputs)) continue;
    const input = addInput(one, evidence);
    if (input) added.set(input.key, input);
  }
  return [...added.values()];
}

/** Returns whether a known input does the same: the variable of a flag, or the flag of a variable. */
function hasTwin(told: ModelInput, inputs: Input[]): boolean {
  const name = upperName(told.key);
  return inputs.some((input) => {
    const other = upperName(input.key);
    return input.target !== told.target && (other === name || other.endsWith(`_${name}`) || name.endsWith(`_${other}`));
  });
}

/** Flags of a runner that a server can have as well. Documentation may show them. A model never adds one. */
const RUNNER_FLAGS = /^--?(print|env-file\S*|package|call|yes|from|with|python|index|registry|prefix|c|m|e|p|r)$/;

function addInput(told: ModelInput, evidence: Evidence): Input | null {
  const { key } = told;
  if (!canAdd(told)) return null;
  const place = findPlace(told, evidence.files, evidence.paths);
  if (place === null || !isReadAt(place, key) || !isOpen(told, place, evidence.seen)) return null;
  const known = new Set([...evidence.known, key]);
  return {
    key,
    target: told.target,
    label: toSafeLabel(told.label, key, known) || formatLabel(key),
    description: toSafeText(told.description, 1_000, key, known) ?? "",
    type: told.target === "arg" && told.type === "boolean" ? guessType(key) : (told.type ?? guessType(key)),
    guessed: ["type"],
    required: told.required === true && DEMAND.test(place.line) && !OPTION.test(place.line),
    secret: told.secret === true || isSecretName(key),
    default: null,
    choices: null,
    placeholder: null,
    template: null,
    provenance: [{ from: "model", where: place.where }],
    confidence: 0.5,
  };
}

/**
 * Returns whether the scan of the code left a name open. It has seen what the server's files read, and left out on purpose what
 * serves another transport. Files beside them are other programs'.
 */
function isOpen({ key, target }: ModelInput, { file, line }: Place, seen: Seen | null): boolean {
  const isWritten =
    target === "arg" || [`"${key}"`, `'${key}'`, `\`${key}\``, `env.${key}`].some((one) => line.includes(one));
  return isWritten && (seen === null || (seen.paths.has(file.path) && !seen.keys.has(key)));
}

function canAdd({ key, target }: ModelInput): boolean {
  if (isTransportName(key) || isHostingOnlyName(key)) return false;
  if (target === "env") return isEnvName(key) && !isGenericName(key);
  return /^--[a-z][\w-]{1,60}$/i.test(key) && !isRuntimeFlag(key) && !RUNNER_FLAGS.test(key) && !isProgramFlag(key);
}

/** A name by which code gets at its environment, its settings or its command line. */
const READER = /env|config|setting|option|flag|arg|param|viper|field|prop/i;

/** Returns whether code of the server reads the name there. Prose, comments, tests and examples prove nothing. */
function isReadAt({ file, lineNumber }: Place, key: string): boolean {
  if (!isCode(file.path) || isForeign(file.path)) return false;
  const names = readNamesInCode(file, lineNumber);
  return names.has(key) && [...names].some((name) => name !== key && READER.test(name));
}

const CHOICE = /\b(or|either|alternatively|instead|one of)\b|\|\||\?\?/i;

function newAlternatives(
  answer: ModelAnswer,
  existing: Alternative[],
  inputs: Input[],
  evidence: Evidence,
): Alternative[] {
  const byKey = new Map(inputs.map((input) => [input.key, input]));
  const taken = new Set(existing.flatMap((group) => group.oneOf.flat()));
  const groups: Alternative[] = [];
  for (const one of answer.alternatives.slice(0, 10)) {
    const branches = one.oneOf
      .map((branch) => [...new Set(branch)].slice(0, 20))
      .filter((branch) => branch.length > 0)
      .slice(0, 10);
    const members = branches.flat();
    // What is required alone stays so: a line that says "or" does not tell that the other does as well.
    const isUsable = members.every(
      (key) => byKey.has(key) && !byKey.get(key)?.required && !taken.has(key) && !evidence.demanded.has(key),
    );
    if (branches.length < 2 || !isUsable || new Set(members).size < members.length) continue;
    const place = findPlace(one, evidence.files, evidence.paths);
    // One line has to name a key of two branches, and to say that one stands for the other.
    if (place === null || !CHOICE.test(place.line)) continue;
    if (branches.filter((branch) => branch.some((key) => place.has(key))).length < 2) continue;
    for (const key of members) taken.add(key);
    const isRequired = one.required && DEMAND.test(place.line);
    const what = toSafeText(one.what, 200, null, evidence.known) || "One of these ways";
    groups.push({ what, oneOf: branches, required: isRequired });
  }
  return groups;
}
