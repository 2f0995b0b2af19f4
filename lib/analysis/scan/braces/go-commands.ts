import type { TextFile } from "../../fetch/files.ts";
import { servingCommands } from "../serving-commands.ts";
import { argumentsOf } from "./reads.ts";
import { closingMark, type Token } from "./tokens.ts";

/** What of Go code belongs to subcommands that do not serve. */
export interface OtherCommands {
  /** Whether a token of a file stands in one. */
  has(path: string, at: number): boolean;
  /** Names of the variables that hold one, and never one that serves. */
  variables: ReadonlySet<string>;
}

interface Range {
  from: number;
  to: number;
}

/** A command of cobra, urfave/cli or ffcli as it is written: `&cobra.Command{Use: "auth", …}`. */
interface Command extends Range {
  path: string;
  name: string;
  variable: string | null;
  /** The function that makes it. */
  maker: (Range & { name: string }) | null;
  runs: boolean;
  isChild: boolean;
}

interface GoFile {
  file: TextFile;
  tokens: readonly Token[];
  functions: readonly (Range & { name: string })[];
}

const MAX_COMMANDS = 300;
const RUN_FIELD = /^(RunE?|Action|Exec)$/;

/** Finds the subcommands of a program that do not serve. What they declare is none of the server's. */
export function otherGoCommands(files: readonly GoFile[]): OtherCommands {
  const commands = files.flatMap(commandsOf).slice(0, MAX_COMMANDS);
  const added = new Map<string, string>();
  for (const { tokens } of files) addedCommands(tokens, added);
  const isAdded = ({ variable, maker, isChild }: Command) =>
    isChild || (variable !== null && added.has(variable)) || (maker !== null && added.has(maker.name));
  const children = commands.filter(isAdded);
  const servesWithout = commands.some((one) => !isAdded(one) && one.runs);
  const names = [...children.map(({ name }) => name), ...namesOfUnwritten(added, commands)];
  const serving = servingCommands(names, servesWithout);
  const isOther = (command: Command, depth = 0): boolean => {
    if (!isAdded(command)) return false;
    if (!serving.has(command.name)) return true;
    const parent = added.get(command.variable ?? "") ?? added.get(command.maker?.name ?? "");
    const above = parent === undefined ? [] : commands.filter(({ variable }) => variable === parent);
    return depth < 5 && above.length === 1 && above[0] !== undefined && isOther(above[0], depth + 1);
  };
  const ranges = new Map<string, Range[]>();
  const note = (path: string, range: Range) => ranges.set(path, [...(ranges.get(path) ?? []), range]);
  const others = commands.filter((one) => isOther(one));
  for (const { path, maker, from, to } of others)
    note(path, maker !== null && added.has(maker.name) ? maker : { from, to });
  for (const { path, range } of otherStructs(files)) note(path, range);
  const kept = new Set(commands.filter((one) => !others.includes(one)).map(({ variable }) => variable));
  const found = {
    has: (path: string, at: number) => ranges.get(path)?.some(({ from, to }) => at >= from && at <= to) ?? false,
    variables: new Set(others.flatMap(({ variable }) => (variable !== null && !kept.has(variable) ? [variable] : []))),
  };
  for (const { path, range } of handedOnlyOthers(files, found)) note(path, range);
  return found;
}

/** What commands that a library makes are called, as far as their variables or makers tell: `AddCommand(mcpCmd)`. */
function namesOfUnwritten(added: ReadonlyMap<string, string>, commands: readonly Command[]): string[] {
  const written = new Set(commands.flatMap(({ variable, maker }) => [variable, maker?.name]));
  const unwritten = [...added.keys()].filter((name) => !written.has(name));
  return unwritten.map((name) => name.replace(/^(?:new|make|create)(?=[A-Z])/i, "").replace(/(?:cmd|command)$/i, ""));
}

/** Functions that set up the commands which they are given, and are only given such that do not serve: `addFlags(authCmd)`. */
function handedOnlyOthers(files: readonly GoFile[], others: OtherCommands): { path: string; range: Range }[] {
  const takers = files.flatMap(({ file, tokens, functions }) =>
    functions.flatMap((one) =>
      takesCommand(tokens, one) ? [{ path: file.path, range: one, isOfOthers: [] as boolean[] }] : [],
    ),
  );
  const byName = new Map(takers.slice(0, MAX_COMMANDS).map((one) => [one.range.name, one]));
  if (byName.size === 0) return [];
  for (const { file, tokens } of files) {
    for (const [at, token] of tokens.entries()) {
      const taker = token.kind === "word" && tokens[at + 1]?.value === "(" ? byName.get(token.value) : undefined;
      if (!taker || tokens[at - 1]?.value === "func") continue;
      const { args } = argumentsOf(tokens, at + 1);
      taker.isOfOthers.push(
        others.has(file.path, at) || args.some((arg) => arg.length === 1 && others.variables.has(arg[0]?.value ?? "")),
      );
    }
  }
  return takers.filter(({ isOfOthers }) => isOfOthers.length > 0 && isOfOthers.every(Boolean));
}

/** `func addFlags(cmd *cobra.Command) {`, which gives none back. */
function takesCommand(tokens: readonly Token[], { name, from }: Range & { name: string }): boolean {
  const head = tokens.slice(Math.max(0, from - MAX_HEAD), from - 1);
  const at = head.findLastIndex((token, index) => token.value === "func" && head[index + 1]?.value === name);
  const isTyped = ({ value }: Token, index: number) =>
    value === "Command" && head[index - 1]?.value === "." && index > at;
  return name !== "" && at >= 0 && head.some(isTyped);
}

const MAX_HEAD = 40;

function commandsOf({ file, tokens, functions }: GoFile): Command[] {
  const commands: Command[] = [];
  const children = new Set<number>();
  for (const [at, token] of tokens.entries()) {
    const isTyped = token.kind === "word" && /^(Command|App)$/.test(token.value) && tokens[at - 1]?.value === ".";
    const open = isTyped ? at + 1 : children.has(at) && token.value === "{" ? at : -1;
    if (tokens[open]?.value !== "{" || tokens[at - 4]?.value === "[" || commands.length >= MAX_COMMANDS) continue;
    const fields = fieldsOf(tokens, open);
    const written = tokens[fields.get("Use") ?? fields.get("Name") ?? -1];
    const close = closingMark(tokens, open);
    for (const key of ["Commands", "Subcommands"])
      for (const child of elements(tokens, fields.get(key))) children.add(child);
    const run = [...fields].find(([name]) => RUN_FIELD.test(name))?.[1];
    commands.push({
      path: file.path,
      name: written?.kind === "text" ? (written.value.trim().split(/\s/)[0] ?? "") : "",
      variable: variableOf(tokens, at),
      maker:
        functions.findLast((one) => at >= one.from && at < one.to && one.name !== "main" && one.name !== "") ?? null,
      runs: run !== undefined && !showsHelp(tokens, run),
      isChild: children.has(open),
      from: open,
      to: close,
    });
  }
  return commands;
}

/** The fields of a composite literal, each with the index of its value. */
function fieldsOf(tokens: readonly Token[], open: number): Map<string, number> {
  const fields = new Map<string, number>();
  const close = closingMark(tokens, open);
  for (let at = open + 1; at < close; at += 1) {
    const token = tokens[at];
    if (token?.kind === "mark" && "([{".includes(token.value)) at = closingMark(tokens, at);
    else if (token?.kind === "word" && tokens[at + 1]?.value === ":" && !fields.has(token.value))
      fields.set(token.value, at + 2);
  }
  return fields;
}

/** The braces of the commands that a list has: `[]*cli.Command{ {…}, &cli.Command{…} }`. */
function elements(tokens: readonly Token[], from: number | undefined): number[] {
  if (from === undefined) return [];
  let open = from;
  while (open < from + 8 && tokens[open]?.value !== "{") open += 1;
  if (tokens[open]?.value !== "{") return [];
  const found: number[] = [];
  for (let at = open + 1; at < closingMark(tokens, open); at += 1) {
    const token = tokens[at];
    if (token?.kind !== "mark" || !"([{".includes(token.value)) continue;
    if (token.value === "{") found.push(at);
    at = closingMark(tokens, at);
  }
  return found;
}

/** `authCmd := &cobra.Command{`, `var authCmd = &cobra.Command{` */
function variableOf(tokens: readonly Token[], at: number): string | null {
  let index = at;
  while (index > at - 6 && !/^(=|:=)$/.test(tokens[index]?.value ?? "")) index -= 1;
  const name = tokens[index - 1];
  return /^(=|:=)$/.test(tokens[index]?.value ?? "") && name?.kind === "word" ? name.value : null;
}

/** A command that only prints its help serves nothing. */
function showsHelp(tokens: readonly Token[], run: number): boolean {
  const isFunction = tokens[run]?.value === "func";
  const body = isFunction ? tokens.slice(run, run + 60) : [];
  return body.some((token) => /^(Help|Usage|ShowAppHelp|ShowSubcommandHelp)$/.test(token.value));
}

/** Notes what a program adds to a command, variables and functions, with the variable that it is added to. */
function addedCommands(tokens: readonly Token[], added: Map<string, string>): void {
  for (const [at, token] of tokens.entries()) {
    if (token.value === "AddCommand" && tokens[at - 1]?.value === ".") {
      for (const arg of argumentsOf(tokens, at + 1).args) {
        // `authCmd`, `newAuthCmd(…)`, `auth.NewCommand(…)`
        const name = arg.findLast((one) => one.kind === "word");
        if (name && added.size < MAX_COMMANDS) added.set(name.value, tokens[at - 2]?.value ?? "");
      }
    }
    // `Commands: []*cli.Command{authCommand(), serveCommand}`
    if (!/^(Commands|Subcommands)$/.test(token.value) || tokens[at + 1]?.value !== ":") continue;
    const open = at + 2 + tokens.slice(at + 2, at + 10).findIndex((one) => one.value === "{");
    if (tokens[open]?.value !== "{") continue;
    for (const arg of argumentsOf(tokens, open).args) {
      const name = arg.findLast((one) => one.kind === "word");
      if (name && name.value !== "Command" && added.size < MAX_COMMANDS) added.set(name.value, "");
    }
  }
}

/** The structs of kong's and go-flags' subcommands that do not serve: `Auth AuthCmd `cmd:""``. */
function otherStructs(files: readonly GoFile[]): { path: string; range: Range }[] {
  const found: { name: string; type: string; inline: { path: string; range: Range } | null; isDefault: boolean }[] = [];
  const types = new Map<string, { path: string; range: Range }>();
  for (const { file, tokens } of files) {
    for (const [at, token] of tokens.entries()) {
      const open = at + 3;
      if (token.value === "type" && tokens[at + 2]?.value === "struct" && tokens[open]?.value === "{")
        types.set(tokens[at + 1]?.value ?? "", {
          path: file.path,
          range: { from: open, to: closingMark(tokens, open) },
        });
      const tag = token.kind === "text" ? /\b(?:cmd:"|command:"([^"]{1,50})")/.exec(token.value.slice(0, 500)) : null;
      if (!tag || found.length >= MAX_COMMANDS) continue;
      const isInline = tokens[at - 1]?.value === "}";
      const start = isInline ? openingOf(tokens, at - 1) : at - 1;
      const type = isInline ? "" : (tokens[at - 1]?.value ?? "");
      let field = isInline ? start - 2 : start;
      while (field > start - 6 && tokens[field - 1]?.line === token.line && tokens[field - 1]?.kind !== "text")
        field -= 1;
      const name = tag[1] ?? tokens[field]?.value ?? "";
      const inline = isInline ? { path: file.path, range: { from: start, to: at } } : null;
      found.push({ name, type, inline, isDefault: /\bdefault:"/.test(token.value) });
    }
  }
  const isByDefault = found.some(({ isDefault }) => isDefault);
  const serving = servingCommands(
    found.map(({ name }) => name),
    isByDefault,
  );
  return found.flatMap(({ name, type, inline, isDefault }) => {
    if (isDefault || serving.has(name)) return [];
    const range = inline ?? types.get(type);
    return range ? [range] : [];
  });
}

/** The brace that a closing one ends, looked for backwards within bounds. */
function openingOf(tokens: readonly Token[], close: number): number {
  for (let at = close - 1; at > close - 2_000 && at >= 0; at -= 1)
    if (tokens[at]?.value === "{" && tokens[at]?.close === close) return at;
  return close;
}
