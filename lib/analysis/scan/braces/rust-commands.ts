import type { TextFile } from "../../fetch/files.ts";
import { servingCommands } from "../serving-commands.ts";
import { closingMark, type Token } from "./tokens.ts";

/** A struct or an enum of a Rust file, with the types that it names. */
interface RustType {
  name: string;
  path: string;
  /** Lines of its body. */
  from: number;
  to: number;
  isRoot: boolean;
  /** Names in its body, with whether each stands in an `Option`. */
  holds: Map<string, boolean>;
  /** Of an enum of subcommands. */
  variants: RustVariant[] | null;
}

interface RustVariant {
  name: string;
  from: number;
  to: number;
  /** It has fields of its own, not only a type that holds them. */
  hasFields: boolean;
  holds: string[];
}

/** Which lines of which files declare arguments of the server itself. */
export type ServingLines = (path: string, line: number) => boolean;

const MAX_TYPES = 2_000;
const MAX_BODY = 5_000;

/**
 * Follows clap's derived commands from the program's root (`#[derive(Parser)]`) to the types that hold arguments. Arguments of a subcommand
 * that does not serve are none of the server's.
 */
export function servingArguments(parsed: readonly { file: TextFile; tokens: readonly Token[] }[]): ServingLines {
  const types = parsed.flatMap(({ file, tokens }) => typesOf(file.path, tokens)).slice(0, MAX_TYPES);
  const byName = Map.groupBy(types, ({ name }) => name);
  const roots = types.filter(({ isRoot }) => isRoot);
  const optional = new Set(types.flatMap(({ holds }) => [...holds].flatMap(([name, isIn]) => (isIn ? [name] : []))));
  const serving = new Set(roots);
  const known = new Set(roots);
  const servingOf = (type: RustType) =>
    servingCommands(type.variants?.map(({ name }) => name) ?? [], optional.has(type.name));
  const follow = (reached: Set<RustType>, namesOf: (type: RustType) => Iterable<string>) => {
    for (const type of reached)
      for (const name of namesOf(type)) for (const next of byName.get(name) ?? []) reached.add(next);
  };
  follow(serving, (type) => {
    const names = type.variants && servingOf(type);
    return type.variants?.filter(({ name }) => names?.has(name)).flatMap(({ holds }) => holds) ?? type.holds.keys();
  });
  follow(known, (type) => type.holds.keys());
  const byPath = Map.groupBy(types, ({ path }) => path);
  return (path, line) => {
    const type = byPath.get(path)?.findLast(({ from, to }) => line >= from && line <= to);
    if (!type) return true;
    if (known.has(type) && !serving.has(type)) return false;
    if (type.variants === null) return !type.name.startsWith(ENUM);
    const variant = type.variants.find(({ from, to, hasFields }) => hasFields && line > from && line <= to);
    return variant !== undefined && servingOf(type).has(variant.name);
  };
}

/** Stands before the name of an enum that is none of subcommands. */
const ENUM = "enum ";

function typesOf(path: string, tokens: readonly Token[]): RustType[] {
  const types: RustType[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== "word" || !/^(struct|enum)$/.test(token.value) || types.length >= MAX_TYPES) continue;
    const name = tokens[at + 1]?.value ?? "";
    let open = at + 2;
    while (open < at + 30 && !/^[{;(]$/.test(tokens[open]?.value ?? "")) open += 1;
    if (tokens[open]?.value !== "{") continue;
    const close = Math.min(closingMark(tokens, open), open + MAX_BODY, tokens.length - 1);
    const derived = derivesOf(tokens, at);
    const isCommands = token.value === "enum" && derived.includes("Subcommand");
    types.push({
      name: token.value === "enum" && !isCommands && !derived.includes("Parser") ? `${ENUM}${name}` : name,
      path,
      from: tokens[open]?.line ?? 1,
      to: tokens[close]?.line ?? Number.MAX_SAFE_INTEGER,
      isRoot: derived.includes("Parser") || derived.includes("StructOpt"),
      holds: namesIn(tokens, open + 1, close),
      variants:
        token.value === "enum" && (isCommands || derived.includes("Parser")) ? variantsOf(tokens, open, close) : null,
    });
  }
  return types;
}

/** The names in the derive attributes above a type. */
function derivesOf(tokens: readonly Token[], at: number): string[] {
  const names: string[] = [];
  for (let index = at - 1; index >= 0 && index > at - 150; index -= 1) {
    const token = tokens[index];
    if (token?.kind === "mark" && /^[{};]$/.test(token.value)) break;
    if (token?.kind === "word") names.push(token.value);
  }
  return names;
}

function namesIn(tokens: readonly Token[], from: number, to: number): Map<string, boolean> {
  const names = new Map<string, boolean>();
  for (let index = from; index < to; index += 1) {
    const token = tokens[index];
    if (token?.kind !== "word" || !/^[A-Z]/.test(token.value)) continue;
    const isInOption = tokens[index - 1]?.value === "<" && tokens[index - 2]?.value === "Option";
    names.set(token.value, isInOption || (names.get(token.value) ?? false));
  }
  return names;
}

function variantsOf(tokens: readonly Token[], open: number, close: number): RustVariant[] {
  const variants: RustVariant[] = [];
  for (let at = open + 1; at < close; at += 1) {
    const token = tokens[at];
    // `#[command(name = "x")]`
    if (token?.value === "[" && token.kind === "mark") at = closingMark(tokens, at);
    if (token?.kind !== "word") continue;
    const next = tokens[at + 1];
    const hasFields = next?.value === "{";
    const end = hasFields || next?.value === "(" ? Math.min(closingMark(tokens, at + 1), close) : at;
    variants.push({
      name: token.value,
      from: token.line - 1,
      to: tokens[end]?.line ?? token.line,
      hasFields,
      holds: [...namesIn(tokens, at + 1, end).keys()],
    });
    at = end;
  }
  return variants;
}
