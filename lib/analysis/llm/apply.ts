import type { FileSet } from "../fetch/files.ts";
import {
  formatLabel,
  guessType,
  isEnvName,
  isGenericName,
  isProgramFlag,
  isSecretName,
  isTransportName,
} from "../inputs/input-names.ts";
import { isRuntimeFlag } from "../inputs/steering-variables.ts";
import type { Alternative, Input } from "../spec.ts";
import type { Draft } from "../types.ts";
import type { ModelAnswer, ModelInput } from "./answer.ts";

const MAX_ADDED = 30;
const DECLARATION_SOURCES = new Set(["server.json", "registry", "manifest.json", "smithery.yaml"]);

/** Facts that the files settle and no answer can change. */
export interface Settled {
  /** Keys without which the code fails. */
  demanded: ReadonlySet<string>;
  /** Paths of the files that the model was shown. */
  paths: readonly string[];
}

/**
 * Merges a model's answer into the draft. The model read hostile text, so its answer is bounded: it describes and
 * judges known inputs, and adds one only with a line of a file that proves it. How the server runs, defaults and
 * literal arguments do not change.
 */
export function applyAnswer(draft: Draft, answer: ModelAnswer, files: FileSet, settled: Settled): Draft {
  const told = new Map(answer.inputs.map((input) => [`${input.target}:${input.key}`, input]));
  const unneeded = new Set(answer.unneeded);
  const known = draft.inputs
    .filter((input) => !(unneeded.has(input.key) && isOnlyRead(input) && !settled.demanded.has(input.key)))
    .map((input) => {
      const one = told.get(`${input.target}:${input.key}`);
      return one ? refineInput(input, one, settled) : input;
    });
  const keys = new Set(draft.inputs.map((input) => `${input.target}:${input.key}`));
  const added = answer.inputs
    .filter((one) => !keys.has(`${one.target}:${one.key}`) && !unneeded.has(one.key))
    .flatMap((one) => addInput(one, files, settled) ?? [])
    .slice(0, MAX_ADDED);
  const unique = added.filter((one, index) => added.findIndex((other) => other.key === one.key) === index);
  const inputs = [...known, ...unique].slice(0, 200);
  const alternatives = [...draft.alternatives, ...newAlternatives(answer, draft.alternatives, inputs, settled)].slice(
    0,
    20,
  );
  const members = new Set(alternatives.flatMap((group) => group.oneOf.flat()));
  return {
    ...draft,
    server: { ...draft.server, description: draft.server.description || sentence(answer.description, 500) || "" },
    inputs: inputs.map((input) => (members.has(input.key) ? { ...input, required: false } : input)),
    alternatives: alternatives.filter((group) =>
      group.oneOf.flat().every((key) => inputs.some((input) => input.key === key)),
    ),
  };
}

function isOnlyRead(input: Input): boolean {
  return input.provenance.every((one) => one.from === "source");
}

function isDeclared(input: Input): boolean {
  return input.provenance.some((one) => DECLARATION_SOURCES.has(one.from));
}

function refineInput(input: Input, told: ModelInput, settled: Settled): Input {
  const description = sentence(told.description, 1_000);
  const label = sentence(told.label, 100);
  const isFixed = settled.demanded.has(input.key) || input.default !== null;
  return {
    ...input,
    // Words of a declaration stay. Elsewhere the model's are better than a comment in the code.
    label: isDeclared(input) && input.label !== formatLabel(input.key) ? input.label : label || input.label,
    description: isDeclared(input) && input.description !== "" ? input.description : description || input.description,
    required: isFixed || told.required === null ? input.required : told.required,
    secret: input.secret || told.secret === true,
    ...refineType(input, told),
    provenance: [...input.provenance, { from: "model" as const, where: input.provenance[0]?.where ?? "" }].slice(0, 50),
  };
}

/** Takes the model's type where the files state none. It stays a guess. */
function refineType(input: Input, told: ModelInput): Pick<Input, "type" | "guessed"> {
  const isTaken = input.type === "string" && told.type !== null && told.type !== "string" && input.default === null;
  if (!isTaken || told.type === null) return { type: input.type, guessed: input.guessed };
  return { type: told.type, guessed: [...(input.guessed ?? []), "type"] };
}

/** Flags of a runner that a server can have as well. Documentation may show them; a model never adds one. */
const RUNNER_FLAGS = /^--?(print|env-file\S*|package|call|yes|from|with|python|index|registry|prefix|c|m|e|p|r)$/;

function addInput(told: ModelInput, files: FileSet, settled: Settled): Input | null {
  const isVariable = told.target === "env";
  if (isVariable ? !isEnvName(told.key) || isGenericName(told.key) : !/^--[a-z][\w-]{1,60}$/i.test(told.key))
    return null;
  if (
    isTransportName(told.key) ||
    (!isVariable && (isRuntimeFlag(told.key) || RUNNER_FLAGS.test(told.key) || isProgramFlag(told.key)))
  )
    return null;
  const where = verifiedPlace(told, files, settled);
  if (where === null) return null;
  const secret = told.secret === true || isSecretName(told.key);
  return {
    key: told.key,
    target: told.target,
    label: sentence(told.label, 100) || formatLabel(told.key),
    description: sentence(told.description, 1_000) ?? "",
    type: told.type ?? guessType(told.key),
    guessed: ["type"],
    required: told.required === true,
    secret,
    default: null,
    choices: null,
    placeholder: null,
    template: null,
    provenance: [{ from: "model", where }],
    confidence: 0.5,
  };
}

/** Returns "FILE:LINE" when that line of a shown file contains the key and the quoted text, else null. */
function verifiedPlace(told: ModelInput, files: FileSet, settled: Settled): string | null {
  if (told.file === null || told.line === null || told.quote === null || !Number.isInteger(told.line)) return null;
  if (!settled.paths.includes(told.file)) return null;
  const line = files.files.get(told.file)?.text.split("\n")[told.line - 1];
  const quote = told.quote.trim();
  if (line === undefined || quote.length < 3) return null;
  const hasKey = new RegExp(`(^|[^A-Za-z0-9_-])${told.key.replaceAll(/[-]/g, "\\-")}([^A-Za-z0-9_-]|$)`).test(line);
  return hasKey && line.includes(quote) ? `${told.file}:${told.line}`.slice(0, 500) : null;
}

function newAlternatives(
  answer: ModelAnswer,
  existing: Alternative[],
  inputs: Input[],
  settled: Settled,
): Alternative[] {
  const keys = new Set(inputs.map((input) => input.key));
  const taken = new Set(existing.flatMap((group) => group.oneOf.flat()));
  const groups: Alternative[] = [];
  for (const one of answer.alternatives.slice(0, 10)) {
    const branches = one.oneOf
      .map((branch) => [...new Set(branch)].slice(0, 20))
      .filter((branch) => branch.length > 0)
      .slice(0, 10);
    const members = branches.flat();
    const isUsable =
      branches.length >= 2 && members.every((key) => keys.has(key) && !taken.has(key) && !settled.demanded.has(key));
    if (!isUsable) continue;
    for (const key of members) taken.add(key);
    groups.push({ what: sentence(one.what, 200) || "One of these ways", oneOf: branches, required: one.required });
  }
  return groups;
}

/** Reduces a model's text to one plain line. */
function sentence(text: string | null, maxLength: number): string | null {
  const plain =
    text
      ?.replace(/[\p{Cc}\p{Cf}\p{Co}]+/gu, " ")
      .replace(/\s+/g, " ")
      .trim() ?? "";
  return plain === "" ? null : plain.slice(0, maxLength);
}
