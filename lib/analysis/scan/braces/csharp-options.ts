import type { TextFile } from "../../fetch/files.ts";
import { isProgramFlag, isTransportName } from "../../inputs/input-names.ts";
import { emptyScan, type ScanResult } from "../types.ts";
import type { ParsedFile } from "./learn.ts";
import type { BraceProject } from "./project.ts";
import { argumentsOf, readAt, textOf } from "./reads.ts";
import { closingMark, type Token } from "./tokens.ts";

const MAX_FOUND = 200;

/** Reads the options of System.CommandLine: `new Option<string>("--key", "The key") { Required = true }`. Those of subcommands are left out. */
export function readCSharpOptions(file: TextFile, tokens: readonly Token[], project: BraceProject): ScanResult {
  const result = emptyScan();
  if (!tokens.some(({ value }) => value === "RootCommand")) return result;
  const hasCommands = tokens.some(({ value }, at) => value === "Command" && tokens[at - 1]?.value === "new");
  const ofRoot = optionsOfRoot(tokens);
  for (const [at, token] of tokens.entries()) {
    const isMade = token.value === "Option" && tokens[at - 1]?.value === "new" && tokens[at + 1]?.value === "<";
    if (!isMade || result.options.length >= MAX_FOUND) continue;
    let open = at + 2;
    while (open < at + 8 && tokens[open]?.value !== "(") open += 1;
    const { args, close } = argumentsOf(tokens, open);
    const flag = textOf(args[0], project);
    const variable = tokens[at - 3]?.kind === "word" ? (tokens[at - 3]?.value ?? "") : "";
    if (!flag?.startsWith("--") || isProgramFlag(flag) || isTransportName(flag)) continue;
    if (hasCommands && (variable === "" || !ofRoot.has(variable))) continue;
    const more = tokens[close + 1]?.value === "{" ? tokens.slice(close + 2, closingMark(tokens, close + 1)) : [];
    const isSet = (name: RegExp) =>
      more.some(({ value }, index) => name.test(value) && more[index + 2]?.value === "true");
    const isSwitch = tokens[at + 2]?.value === "bool";
    const hasDefault =
      more.some(({ value }) => value === "DefaultValueFactory") ||
      args.some((arg) => arg.some(({ value }) => value === "=>" || value === "getDefaultValue"));
    const isRequired = isSet(/^(Is)?Required$/) && !hasDefault;
    result.options.push({
      key: flag,
      target: "arg",
      evidence: "read",
      provenance: { from: "source", where: `${file.path}:${token.line}` },
      required: isRequired,
      whenMissing: isRequired ? "fails" : hasDefault ? "default" : "unknown",
      description: textOf(args[1], project),
      type: isSwitch ? "boolean" : null,
      default: null,
      template: isSwitch ? flag : null,
    });
  }
  return result;
}

/** `Host.CreateApplicationBuilder(args)`, `configuration.AddCommandLine(args)` */
export function takesArguments({ language, tokens }: ParsedFile): boolean {
  return (
    language === "csharp" &&
    tokens.some(
      ({ value }, at) =>
        /^(CreateApplicationBuilder|CreateDefaultBuilder|CreateBuilder|CreateSlimBuilder|AddCommandLine)$/.test(
          value,
        ) &&
        tokens[at + 1]?.value === "(" &&
        tokens[at + 2]?.value === "args",
    )
  );
}

/** Reads the arguments that a program takes from the configuration of its host: `builder.Configuration["token"]` for `--token=…`. */
export function readCSharpArguments(file: TextFile, tokens: readonly Token[], project: BraceProject): ScanResult {
  const result = emptyScan();
  for (let at = 0; at < tokens.length && result.options.length < MAX_FOUND; at += 1) {
    const read = readAt(tokens, at, "csharp", project);
    if (!read?.key.startsWith("--") || isProgramFlag(read.key) || isTransportName(read.key)) continue;
    result.options.push({
      key: read.key,
      target: "arg",
      evidence: "read",
      provenance: { from: "source", where: `${file.path}:${read.line}` },
      whenMissing: read.fallback === "none" ? "unknown" : "default",
      default: read.value,
    });
  }
  return result;
}

/** What is added to the root command: `new RootCommand { key }`, `rootCommand.AddOption(key)`, `root.Options.Add(key)`. */
function optionsOfRoot(tokens: readonly Token[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [at, { value }] of tokens.entries()) {
    if (value === "RootCommand") {
      const open = tokens.slice(at, at + 20).findIndex((token) => token.value === "{");
      const end = open < 0 ? 0 : Math.min(closingMark(tokens, at + open), at + open + MAX_FOUND);
      for (let index = at + Math.max(open, 0); index < end; index += 1) found.add(tokens[index]?.value ?? "");
    }
    const isAdded = /^(AddOption|AddGlobalOption|Add)$/.test(value) && tokens[at + 1]?.value === "(";
    if (isAdded && tokens.slice(Math.max(0, at - 4), at).some((token) => /^_?root/i.test(token.value)))
      found.add(tokens[at + 2]?.value ?? "");
  }
  return found;
}
