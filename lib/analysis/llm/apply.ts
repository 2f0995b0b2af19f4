import type { FileSet } from "../fetch/files.ts";
import {
  formatLabel,
  guessType,
  isEnvName,
  isPlatformName,
  isProgramFlag,
  isSecretName,
  isTransportName,
  upperName,
} from "../inputs/input-names.ts";
import { isRuntimeFlag, isSteeringVariable } from "../inputs/steering-variables.ts";
import type { Input } from "../spec.ts";
import type { Draft } from "../types.ts";
import type { ModelAnswer, ModelInput } from "./answer.ts";
import { listChoices } from "./choice-proof.ts";
import { judgeChoices } from "./choices.ts";
import { type Evidence, isOwnCode, lineOf, type Settled } from "./evidence.ts";
import { toSafeLabel, toSafeText } from "./model-text.ts";
import { provesRead } from "./read-proof.ts";
import { judgeRequired } from "./requirement-proof.ts";
import { isTrusted } from "./trust.ts";
import { listUnneeded } from "./unneeded-proof.ts";

const MAX_ADDED = 30;
/** Claims about one input that are looked at. */
const MAX_CLAIMS = 8;

/**
 * Merges a model's answer into the draft. The model read hostile text, so its answer is bounded: it describes known inputs. It changes
 * what is known of them where a line of a file proves it, or where it is right about what the code settles. It adds one only with a line
 * that proves it. How the server runs, defaults and literal arguments do not change.
 */
export function applyAnswer(draft: Draft, answer: ModelAnswer, files: FileSet, settled: Settled): Draft {
  const told = groupClaims(answer);
  const evidence: Evidence = {
    ...settled,
    files,
    draft,
    known: new Set(draft.inputs.map((input) => input.key)),
    isTrusted: isTrusted(told, draft),
  };
  const added = listAdded(answer, evidence);
  const unneeded = listUnneeded(answer, new Set(added.map((input) => input.key)), evidence);
  const refined = draft.inputs
    .filter((input) => !unneeded.has(input.key))
    .map((input) => {
      const claims = told.get(idOf(input));
      return claims ? refineInput(input, claims, evidence) : input;
    });
  const all = [...judgeAll(refined, told, evidence), ...added].slice(0, 200);
  const choices = evidence.isTrusted ? judgeChoices(answer, all, evidence) : null;
  const alternatives = (choices?.groups ?? [...draft.alternatives, ...listChoices(answer, all, evidence)]).slice(0, 20);
  const members = new Set(alternatives.flatMap((group) => group.oneOf.flat()));
  const description = draft.server.description || toSafeText(answer.description, 500, null, evidence.known) || "";
  return {
    ...draft,
    server: { ...draft.server, description },
    inputs: all.map((input) => {
      if (members.has(input.key)) return { ...input, required: false };
      return choices?.demanded.has(input.key) && input.default === null ? { ...input, required: true } : input;
    }),
    alternatives,
  };
}

function idOf({ target, key }: { target: string; key: string }): string {
  return `${target}:${key}`;
}

/** Groups what an answer says of each input. It may name several lines for one. */
function groupClaims(answer: ModelAnswer): Map<string, ModelInput[]> {
  const claims = new Map<string, ModelInput[]>();
  for (const one of answer.inputs) {
    const known = claims.get(idOf(one));
    if (!known) claims.set(idOf(one), [one]);
    else if (known.length < MAX_CLAIMS) known.push(one);
  }
  return claims;
}

/** Judges all inputs again. A second round sees what the first required: an address belongs to the credential beside it. */
function judgeAll(inputs: Input[], told: ReadonlyMap<string, ModelInput[]>, evidence: Evidence): Input[] {
  const judge = (before: Input[]) =>
    before.map((input) => ({
      ...input,
      required: judgeRequired(input, told.get(idOf(input)) ?? [], before, evidence),
    }));
  const first = judge(inputs);
  const second = judge(first);
  // What the first round changed stays.
  return second.map((input, index) => {
    const once = first[index];
    return once && once.required !== inputs[index]?.required ? once : input;
  });
}

function refineInput(input: Input, claims: readonly ModelInput[], evidence: Evidence): Input {
  const [told] = claims;
  if (!told) return input;
  const description = toSafeText(told.description, 1_000, input.key, evidence.known);
  const label = toSafeLabel(told.label, input.key, evidence.known);
  // Words of a declaration or of documentation stay. The model's are better than a comment in the code.
  const isTold = input.provenance.some((one) => one.from !== "source");
  return {
    ...input,
    label: isTold && input.label !== formatLabel(input.key) ? input.label : label || input.label,
    description: isTold && input.description !== "" ? input.description : description || input.description,
    secret: judgeSecret(input, claims, evidence),
    ...refineType(input, told),
    provenance: [...input.provenance, { from: "model" as const, where: input.provenance[0]?.where ?? "" }].slice(0, 50),
  };
}

/** Masks what its description, or an answer that can be trusted, says is a secret, and shows a value that code compares with "true" or "false". */
function judgeSecret(input: Input, claims: readonly ModelInput[], evidence: Evidence): boolean {
  if (!input.secret) return claims[0]?.secret === true && (evidence.isTrusted || isDescribedAsSecret(input));
  return !claims.some((one) => {
    const place = one.secret === false && input.target === "env" ? lineOf(one, evidence) : null;
    return place !== null && isOwnCode(place, evidence) && isComparedAsSwitch(place.line, input.key);
  });
}

function isComparedAsSwitch(line: string, key: string): boolean {
  const after = line.slice(line.indexOf(key) + key.length).slice(0, 40);
  return line.includes(key) && /^["'\])]{0,3} ?[!=]==? ?["'](true|false)["']/i.test(after);
}

/** "API key of your account", "Your access token", and not "Token expiration in seconds" or "URL of the token". */
const SECRET_PHRASE =
  /^(?:(?:your|the|an?)\s)?(?:(?!(?:of|for|to|with)\s)[\w-]{1,30}\s){0,4}(?:api[ -]key|token|password|passphrase|secret|private key|credentials)(?=$|[.,;:(]|\s(?:for|of|from|that|used|with|to)\b)/i;

/** Returns whether what the files say of an input begins with what it is, a secret. */
function isDescribedAsSecret({ type, description }: Input): boolean {
  return type === "string" && SECRET_PHRASE.test(description.slice(0, 200));
}

/** Takes the model's type where the files state none. It stays a guess. A flag that takes a value does not become a switch. */
function refineType(input: Input, told: ModelInput): Pick<Input, "type" | "guessed"> {
  const isTaken = input.type === "string" && told.type !== null && told.type !== "string" && input.default === null;
  const isSwitch = input.target === "arg" && told.type === "boolean";
  if (!isTaken || told.type === null || isSwitch) return { type: input.type, guessed: input.guessed };
  return { type: told.type, guessed: [...(input.guessed ?? []), "type"] };
}

function listAdded(answer: ModelAnswer, evidence: Evidence): Input[] {
  const added = new Map<string, Input>();
  for (const one of answer.inputs) {
    if (added.size >= MAX_ADDED) break;
    if (evidence.known.has(one.key) || added.has(one.key) || hasTwin(one, evidence.draft.inputs)) continue;
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
  const place = lineOf(told, evidence);
  if (place === null || !provesRead(told, place, evidence)) return null;
  const known = new Set([...evidence.known, key]);
  return {
    key,
    target: told.target,
    label: toSafeLabel(told.label, key, known) || formatLabel(key),
    description: toSafeText(told.description, 1_000, key, known) ?? "",
    type: told.target === "arg" && told.type === "boolean" ? guessType(key) : (told.type ?? guessType(key)),
    guessed: ["type"],
    required: false,
    secret: isSecretName(key),
    default: null,
    choices: null,
    placeholder: null,
    template: null,
    provenance: [{ from: "model", where: place.where }],
    confidence: 0.5,
  };
}

function canAdd({ key, target }: ModelInput): boolean {
  if (isTransportName(key)) return false;
  if (target === "env") return isEnvName(key) && !isSteeringVariable(key) && !isPlatformName(key);
  return /^--[a-z][\w-]{1,60}$/i.test(key) && !isRuntimeFlag(key) && !RUNNER_FLAGS.test(key) && !isProgramFlag(key);
}
