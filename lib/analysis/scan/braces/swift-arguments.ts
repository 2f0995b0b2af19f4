import type { TextFile } from "../../fetch/files.ts";
import { isProgramFlag, isTransportName } from "../../inputs/input-names.ts";
import { isPlaceholder } from "../../inputs/placeholders.ts";
import { servingCommands } from "../serving-commands.ts";
import { emptyScan, type ScanResult } from "../types.ts";
import { argumentsOf, textOf } from "./reads.ts";
import { closingMark, type Token } from "./tokens.ts";

const MAX_FOUND = 200;
const MAX_TYPES = 500;
const MAX_BODY = 3_000;

interface SwiftType {
  name: string;
  isCommand: boolean;
  from: number;
  to: number;
}

/** Finds the types with arguments of the server: commands that serve or that stand alone, and the groups that no other command uses. */
export function servingSwiftCommands(files: readonly { tokens: readonly Token[] }[]): ReadonlySet<string> {
  const types = files.flatMap(({ tokens }) => typesOf(tokens).map((type) => ({ ...type, tokens }))).slice(0, MAX_TYPES);
  const commands = types.filter(({ isCommand }) => isCommand);
  const children = new Set(
    commands.flatMap(({ tokens, from, to }) => {
      const body = tokens.slice(from, Math.min(to, from + MAX_BODY));
      const named = body.findIndex((token) => token.value === "subcommands");
      if (named < 0) return [];
      const at = from + named;
      const end = closingMark(tokens, at + 2);
      return tokens
        .slice(at + 2, Math.min(end, at + 200))
        .flatMap(({ kind, value }) => (kind === "word" ? [value] : []));
    }),
  );
  const names = commands.filter(({ name }) => children.has(name)).map(({ name }) => name);
  const bare = (name: string) => name.replace(/(Sub)?[cC]ommand$/, "");
  const serving = servingCommands(names.map(bare), false);
  const others = new Set(names.filter((name) => !serving.has(bare(name))));
  const used = new Set(
    commands.flatMap(({ name, tokens, from, to }) =>
      others.has(name)
        ? tokens
            .slice(from, Math.min(to, from + MAX_BODY))
            .flatMap(({ kind, value }) => (kind === "word" ? [value] : []))
        : [],
    ),
  );
  const own = commands.filter(({ name }) => !others.has(name));
  const ownUses = new Set(
    own.flatMap(({ tokens, from, to }) => tokens.slice(from, Math.min(to, from + MAX_BODY)).map(({ value }) => value)),
  );
  const groups = types.filter(({ isCommand, name }) => !isCommand && (ownUses.has(name) || !used.has(name)));
  return new Set([...own, ...groups].map(({ name }) => name));
}

/** Types that ArgumentParser fills. */
function typesOf(tokens: readonly Token[]): SwiftType[] {
  const types: SwiftType[] = [];
  for (const [at, token] of tokens.entries()) {
    if (types.length >= MAX_TYPES) break;
    if (token.kind !== "word" || !/^(struct|class|extension)$/.test(token.value)) continue;
    const name = tokens[at + 1];
    const head = tokens.slice(at + 2, at + 20);
    const open = head.findIndex(({ value }) => value === "{");
    const conforms = head.slice(0, Math.max(open, 0)).map(({ value }) => value);
    const isCommand = conforms.some((one) => /^(Async)?ParsableCommand$/.test(one));
    if (name?.kind !== "word" || !(isCommand || conforms.includes("ParsableArguments"))) continue;
    types.push({ name: name.value, isCommand, from: at + 2 + open, to: closingMark(tokens, at + 2 + open) });
  }
  return types;
}

/**
 * Reads what Swift programs declare with ArgumentParser: `@Option(name: .long) var apiKey: String`, `@Argument`, `@Flag`. A value without a
 * default whose type is not optional is demanded.
 *
 * @param serving names of the types whose arguments are the server's
 */
export function readSwiftArguments(file: TextFile, tokens: readonly Token[], serving: ReadonlySet<string>): ScanResult {
  const result = emptyScan();
  const types = typesOf(tokens);
  let position = 0;
  for (const [at, token] of tokens.entries()) {
    if (result.options.length >= MAX_FOUND) break;
    if (token.value !== "@" || !/^(Option|Argument|Flag)$/.test(tokens[at + 1]?.value ?? "")) continue;
    const type = types.findLast(({ from, to }) => at > from && at < to);
    if (!type || !serving.has(type.name)) continue;
    const kind = tokens[at + 1]?.value ?? "";
    const hasArguments = tokens[at + 2]?.value === "(";
    const end = hasArguments ? closingMark(tokens, at + 2) + 1 : at + 2;
    const field = fieldAt(tokens, end);
    if (!field) continue;
    const given = hasArguments ? argumentsOf(tokens, at + 2).args : [];
    const named = given.find((arg) => arg[0]?.value === "name");
    const help = given.find((arg) => arg[0]?.value === "help");
    const custom = named ? customName(tokens, at + 2, end) : null;
    const isPosition = kind === "Argument";
    const key = isPosition ? `position ${position}` : `--${custom ?? kebab(field.name)}`;
    if (isPosition) position += 1;
    if (isProgramFlag(key) || isTransportName(key)) continue;
    const isRequired = kind !== "Flag" && !field.isOptional && !field.hasDefault;
    result.options.push({
      key,
      target: "arg",
      evidence: "read",
      provenance: { from: "source", where: `${file.path}:${field.line}` },
      label: isPosition ? kebab(field.name).replaceAll("-", " ") : null,
      required: isRequired,
      whenMissing: isRequired ? "fails" : field.hasDefault ? "default" : "unknown",
      description: help ? textOf(help, NO_CONSTANTS) : null,
      type: kind === "Flag" ? "boolean" : null,
      default: field.value !== null && !isPlaceholder(field.value, key) ? field.value : null,
      template: kind === "Flag" ? key : null,
    });
  }
  return result;
}

const NO_CONSTANTS = { constants: new Map<string, string>() };

/** `var apiKey: String? = "x"` */
function fieldAt(
  tokens: readonly Token[],
  from: number,
): { name: string; line: number; isOptional: boolean; hasDefault: boolean; value: string | null } | null {
  let at = from;
  while (at < from + 4 && tokens[at]?.value !== "var") at += 1;
  const name = tokens[at + 1];
  if (tokens[at]?.value !== "var" || name?.kind !== "word") return null;
  const rest = tokens.slice(at + 2, at + 20).filter(({ line }) => line === name.line);
  const assigned = rest.findIndex(({ value }) => value === "=");
  const type = assigned < 0 ? rest : rest.slice(0, assigned);
  const value = assigned < 0 ? undefined : rest[assigned + 1];
  return {
    name: name.value,
    line: name.line,
    // An array without a value is empty.
    isOptional: type.some((token) => token.value === "?" || token.value === "["),
    hasDefault: assigned >= 0 && value?.value !== "nil",
    value: value?.kind === "text" ? value.value : null,
  };
}

/** `.customLong("key")`, also among others. */
function customName(tokens: readonly Token[], from: number, to: number): string | null {
  for (let at = from; at < to; at += 1)
    if (tokens[at]?.value === "customLong" && tokens[at + 2]?.kind === "text") return tokens[at + 2]?.value ?? null;
  return null;
}

function kebab(name: string): string {
  return name
    .slice(0, 100)
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();
}
