import type { TextFile } from "../../fetch/files.ts";
import { isEnvName, isProgramFlag, isTransportName, upperName } from "../../inputs/input-names.ts";
import { isPlaceholder } from "../../inputs/placeholders.ts";
import { emptyScan, type Read, type ScanResult } from "../types.ts";
import type { OtherCommands } from "./go-commands.ts";
import type { BraceProject } from "./project.ts";
import { Ranges } from "./ranges.ts";
import { argumentsOf, callAt, readAt, textOf } from "./reads.ts";
import { closingMark, type Token } from "./tokens.ts";

const MAX_FOUND = 200;

/**
 * Reads what Go programs declare: flags of `flag`, pflag, cobra and urfave/cli, and variables bound through viper.
 */
export function readGoFlags(
  tokens: readonly Token[],
  file: TextFile,
  project: BraceProject,
  others: OtherCommands,
): ScanResult {
  const result = emptyScan();
  const demanded = new Set<string>();
  for (let at = 0; at < tokens.length && result.options.length + result.reads.length < MAX_FOUND; at += 1) {
    const token = tokens[at];
    if (others.has(file.path, at)) continue;
    const required = requiredFlag(tokens, at, others, project);
    if (required !== null) demanded.add(required);
    const call = chainedCall(tokens, at) ?? callAt(tokens, at);
    if (call && !isOfOtherCommand(tokens, at, others)) fromCall(call, tokens, at, file, project, result);
    if (token?.kind === "word" && /^(String|Bool|Int|Duration|StringSlice|Path)Flag$/.test(token.value)) {
      const open = at + 1;
      if (tokens[open]?.value === "{") fromCliFlag(tokens, open, file, project, result);
    }
  }
  result.options = result.options
    .filter((one) => !isProgramFlag(one.key) && !isTransportName(one.key) && one.key !== "--stdio")
    .map((one) => (demanded.has(one.key) ? { ...one, required: true, whenMissing: "fails", default: null } : one));
  return result;
}

/** `authCmd.Flags().String(`: of a command that does not serve. */
export function isOfOtherCommand(tokens: readonly Token[], at: number, others: OtherCommands): boolean {
  return others.variables.has(tokens[at - 6]?.value ?? "") && /Flags$/.test(tokens[at - 4]?.value ?? "");
}

/** The flag that cobra demands: `cmd.MarkFlagRequired("token")`, `cobra.MarkFlagRequired(cmd.Flags(), "token")`. */
function requiredFlag(
  tokens: readonly Token[],
  at: number,
  others: OtherCommands,
  project: BraceProject,
): string | null {
  const token = tokens[at];
  if (!/^Mark(Persistent)?FlagRequired$/.test(token?.value ?? "") || tokens[at - 1]?.value !== ".") return null;
  const { args } = argumentsOf(tokens, at + 1);
  const owner = args.length > 1 ? args[0]?.[0]?.value : tokens[at - 2]?.value;
  const name = textOf(args.at(-1), project);
  return name === null || others.variables.has(owner ?? "") ? null : `--${name}`;
}

/** `.String(` behind the bracket of `cmd.Flags()`. */
function chainedCall(tokens: readonly Token[], at: number): { name: string; open: number } | null {
  const isChained = tokens[at - 1]?.value === "." && tokens[at - 2]?.value === ")" && tokens[at + 1]?.value === "(";
  return isChained ? { name: tokens[at]?.value ?? "", open: at + 1 } : null;
}

const FLAG_METHOD = /(^|\.)(String|Bool|Int|Int64|Uint|Float64|Duration|StringSlice|StringArray|IntSlice)(Var)?(P)?$/;

function fromCall(
  call: { name: string; open: number },
  tokens: readonly Token[],
  at: number,
  file: TextFile,
  project: BraceProject,
  result: ScanResult,
): void {
  const line = tokens[at]?.line ?? 1;
  const { args } = argumentsOf(tokens, call.open);
  const viper = /(^|\.)(BindEnv|MustBindEnv)$/.test(call.name);
  if (viper) {
    for (const arg of args.slice(1)) addRead(textOf(arg, project), line, file.path, result);
    return;
  }
  const flag = FLAG_METHOD.exec(call.name);
  if (!flag || !isFlagSet(call.name, tokens, at)) return;
  const nameAt = flag[3] ? 1 : 0;
  const name = textOf(args[nameAt], project);
  if (name === null || !/^[a-z][\w.-]*$/i.test(name)) return;
  const rest = args.slice(nameAt + (flag[4] ? 2 : 1));
  const key = `--${name}`;
  const fallback = rest[0]?.length === 1 && rest[0][0]?.kind === "text" ? rest[0][0].value : null;
  // A list that is empty: `nil`, `[]string{}`.
  const isEmptyList =
    /^(StringSlice|StringArray)$/.test(flag[2] ?? "") && !rest[0]?.some(({ kind }) => kind === "text");
  const isSwitch = flag[2] === "Bool";
  const given = rest[0]?.[0] ? readAt(tokens, tokens.indexOf(rest[0][0], call.open), "go", project) : null;
  if (given) result.links.push({ key: given.key, flag: key });
  result.options.push({
    key,
    target: "arg",
    evidence: "read",
    provenance: { from: "source", where: `${file.path}:${line}` },
    required: false,
    whenMissing: fallback === "" || isEmptyList ? "unknown" : "default",
    description: textOf(rest.at(-1), project),
    type: isSwitch ? "boolean" : null,
    default: fallback && !isPlaceholder(fallback, key) ? fallback : null,
    template: isSwitch ? key : null,
  });
}

/** A flag with a text or a list of texts, as a call declares it. */
export interface FlagCall {
  name: string;
  /** The tokens of its own value. */
  fallback: { from: number; to: number };
  /** What the call itself puts the flag into: `flag.StringVar(&cfg.key, "key", "", "…")`. */
  holder: { name: string; isField: boolean } | null;
}

/** Returns the flag of a text that a call declares at a token, or null. */
export function flagCallAt(tokens: readonly Token[], at: number, project: BraceProject): FlagCall | null {
  const call = chainedCall(tokens, at) ?? callAt(tokens, at);
  const method = TEXT_FLAG.exec(call?.name ?? "");
  if (!call || !method || !isFlagSet(call.name, tokens, at)) return null;
  const args = new Ranges(tokens, "go").split(call.open + 1, closingMark(tokens, call.open), ",");
  const nameAt = method[1] ? 1 : 0;
  const [from, to] = args[nameAt + (method[2] ? 2 : 1)] ?? [0, 0];
  const name = textOf(tokens.slice(...(args[nameAt] ?? [0, 0])), project);
  if (name === null || from >= to) return null;
  const last = (args[0]?.[1] ?? 0) - 1;
  const holder = method[1] && tokens[last]?.kind === "word" ? (tokens[last]?.value ?? "") : null;
  return {
    name,
    fallback: { from, to },
    holder: holder === null ? null : { name: holder, isField: tokens[last - 1]?.value === "." },
  };
}

const TEXT_FLAG = /(?:^|\.)String(?:Slice|Array)?(Var)?(P)?$/;

/** `flag.String(`, `cmd.Flags().String(`, `fs.StringVar(`: not `strconv.Int(` or a logger's `zap.String(`. */
function isFlagSet(name: string, tokens: readonly Token[], at: number): boolean {
  const owner = name.split(".").slice(0, -1).join(".");
  if (/(^|\.)(flag|pflag|fs|flags|flagSet|flagset|cmd|f)$/i.test(owner)) return true;
  // `rootCmd.PersistentFlags().String(…)`: the call begins behind the bracket of Flags().
  return owner === "" && tokens[at - 1]?.value === "." && /Flags$/.test(tokens[at - 4]?.value ?? "");
}

function addRead(key: string | null, line: number, path: string, result: ScanResult, more: Partial<Read> = {}): void {
  if (key === null || !isEnvName(key)) return;
  result.reads.push({
    key,
    path,
    line,
    fallback: "none",
    value: null,
    isHosting: false,
    comment: null,
    ...more,
  });
}

function demand(key: string, file: TextFile, result: ScanResult): void {
  result.flows.push({ path: file.path, name: null, isHandler: false, isHosting: false, needs: [[key]], calls: [] });
}

/** Notes the variables of urfave/cli's flags, under which their values are asked for: `c.String("token")`. */
export function learnCliFlags(tokens: readonly Token[], project: BraceProject): void {
  for (const [at, token] of tokens.entries())
    if (/^String(Slice)?Flag$/.test(token.value) && tokens[at + 1]?.value === "{")
      fromCliFlag(tokens, at + 1, UNNAMED, project, emptyScan());
}

const UNNAMED: TextFile = { path: "", text: "", isCut: false };

/** urfave/cli: `&cli.StringFlag{Name: "token", EnvVars: []string{"TOKEN"}, Required: true, Usage: "…"}` */
function fromCliFlag(
  tokens: readonly Token[],
  open: number,
  file: TextFile,
  project: BraceProject,
  result: ScanResult,
): void {
  const close = Math.min(closingMark(tokens, open), open + 200);
  const field = (name: string): number => {
    for (let index = open + 1; index < close; index += 1)
      if (tokens[index]?.value === name && tokens[index + 1]?.value === ":") return index + 2;
    return -1;
  };
  const text = (name: string) => {
    const token = tokens[field(name)];
    return token?.kind === "text" ? token.value : null;
  };
  const name = text("Name");
  if (name === null) return;
  const key = `--${name}`;
  const line = tokens[open]?.line ?? 1;
  const isRequired = tokens[field("Required")]?.value === "true";
  const fallback = text("Value");
  const description = text("Usage");
  const variables: string[] = [];
  const start = Math.max(field("EnvVars"), field("EnvVar"), field("Sources"));
  for (let index = start; start > 0 && index < Math.min(start + 30, close); index += 1) {
    const token = tokens[index];
    if (token?.kind === "text" && isEnvName(token.value)) variables.push(token.value);
    else if (token?.kind === "word" && tokens[index + 1]?.value === ":") break;
  }
  result.options.push({
    key,
    target: "arg",
    evidence: "read",
    provenance: { from: "source", where: `${file.path}:${line}` },
    required: isRequired,
    whenMissing: fallback || variables.length > 0 ? "default" : isRequired ? "fails" : "unknown",
    description,
    default: fallback && !isPlaceholder(fallback, key) ? fallback : null,
  });
  if (variables.length === 0 && !fallback) project.flags.set(name, key);
  if (variables[0] && !fallback && !project.settings.has(key)) project.settings.set(key, variables[0]);
  for (const variable of variables) {
    result.links.push({ key: variable, flag: key });
    addRead(variable, line, file.path, result, {
      fallback: fallback ? "literal" : isRequired ? "none" : "computed",
      value: fallback,
      description,
    });
  }
  if (isRequired && !fallback && variables[0]) demand(variables[0], file, result);
}

/** The variables that ff reads for the flags of a set, under the prefix that `ff.WithEnvVarPrefix("NAME")` states. */
export function prefixedReads(options: ScanResult["options"], prefix: string): Pick<ScanResult, "reads" | "links"> {
  const result = emptyScan();
  for (const { key: flag, provenance, description } of options) {
    const key = `${prefix}_${upperName(flag)}`;
    const colon = provenance.where.lastIndexOf(":");
    const line = Number(provenance.where.slice(colon + 1));
    const path = provenance.where.slice(0, colon);
    addRead(key, line, path, result, { fallback: "computed", description: description ?? null });
    result.links.push({ key, flag });
  }
  return result;
}

/** viper with a prefix reads PREFIX_KEY for each key; hyphens and dots become underscores. */
export function viperReads(tokens: readonly Token[], file: TextFile, prefix: string, project: BraceProject): Read[] {
  const result = emptyScan();
  for (let at = 0; at < tokens.length && result.reads.length < MAX_FOUND; at += 1) {
    const call = callAt(tokens, at);
    if (
      !call ||
      !/^\w+\.(Get|IsSet|UnmarshalKey|SetDefault|BindPFlag|BindEnv|MustBindEnv|String|MustString)\w*$/.test(call.name)
    )
      continue;
    if (!project.vipers.has(call.name.split(".")[0] ?? "")) continue;
    const name = textOf(argumentsOf(tokens, call.open).args[0], project);
    if (name === null || !/^[\w.-]{2,80}$/.test(name) || project.bound.has(name)) continue;
    addRead(`${prefix}${upperName(name)}`, tokens[at]?.line ?? 1, file.path, result, { fallback: "computed" });
  }
  return result.reads;
}
