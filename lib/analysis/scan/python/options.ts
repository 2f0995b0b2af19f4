import type { TextFile } from "../../fetch/files.ts";
import type { InputFinding } from "../../inputs/findings.ts";
import { isEnvName, isOwnAddress, isProgramFlag, isTransportName } from "../../inputs/input-names.ts";
import { isPlaceholder } from "../../inputs/placeholders.ts";
import { emptyScan, type ScanResult } from "../types.ts";
import { type EnvNames, envRead, isEnvironment } from "./env.ts";
import { HANDLER_DECORATOR } from "./handlers.ts";
import { type OptionFacts, optionFacts, serves } from "./option-facts.ts";
import { commandOf, isHandedParser, isServing, type Subcommands, subparsers } from "./subcommands.ts";
import { type Argument, argument, childrenOf, enclosing, type PyNode, type PythonTree, walkPython } from "./syntax.ts";
import { readTyper } from "./typer.ts";

/** How much of a call's argument is looked at. */
const MAX_ARGUMENT_CHARACTERS = 90;

const MAX_OPTIONS = 60;

/** Reads the flags that click, typer and argparse declare, with the variables that do the same. */
export function readPythonOptions(
  tree: PythonTree,
  file: TextFile,
  names: EnvNames,
  commands: Subcommands,
): ScanResult {
  const result = emptyScan();
  const hasCommands = /\.add_subparsers\(|@\w+\.group\(/.test(tree.text(tree.root));
  const parsers = subparsers(tree);
  const isOfMany = hasCommands || (tree.text(tree.root).match(/^[ \t]*@[\w.]+\.command\(/gm)?.length ?? 0) > 1;
  const { functions, options } = readTyper(tree, file, commands);
  const isInTyper = (node: PyNode) => functions.some((one) => node.from >= one.from && node.to <= one.to);
  for (const one of options) addOption(one.key, one.node, one.told, one.args, tree, file, names, result);
  const groups = new Map(
    [...tree.text(tree.root).matchAll(REQUIRED_GROUP)].map(([, name = ""]): [string, string[]] => [name, []]),
  );
  let position = 0;
  walkPython(tree.root, (node) => {
    result.links.push(...linkAt(node, tree, names));
    const call = tree.call(node) ?? tree.decorator(node);
    if (!call || result.options.length >= MAX_OPTIONS) return;
    const callee = /(?<!\w)\w+$/.exec(tree.text(call.callee))?.[0] ?? "";
    if (!/^(option|argument|add_argument)$/.test(callee)) return;
    if (isInTyper(node) || parsesText(node, tree)) return;
    const command = parsers.get(ownerOf(call.callee, tree)) ?? commandOf(node, tree, isOfMany, commands);
    if (command !== null && !isServing(command, commands)) return;
    const written = call.args.filter((one) => one.name === null).flatMap((one) => tree.string(one.value) ?? []);
    const flag = written.find((text) => text.startsWith("--"))?.split("/")[0];
    const told = optionFacts(call.args, tree);
    // Switches that exclude each other choose what a program does: `--once`, `--status`.
    if (flag && told.isSwitch) groups.delete(ownerOf(call.callee, tree));
    else if (flag) groups.get(ownerOf(call.callee, tree))?.push(flag);
    if (flag) addOption(flag, node, told, call.args, tree, file, names, result);
    else if (callee === "argument" && written[0] && /^[a-z][\w-]*$/i.test(written[0])) {
      // click demands an argument unless it says otherwise.
      const isOptional = /required\s*=\s*False|nargs\s*=\s*-1|default\s*=/.test(tree.text(node));
      result.options.push({
        ...positional(position, written[0], node, told, call.args, tree, file),
        ...demandOf(!isOptional),
      });
      position += 1;
    } else if (
      callee === "add_argument" &&
      written[0] &&
      /^[a-z][\w-]*$/i.test(written[0]) &&
      (!hasCommands || isOfPlainParser(node, tree))
    ) {
      // A parser class adds to itself: it takes apart the commands of a tool's caller, as that of a vendor's command line does.
      const owner = ownerOf(call.callee, tree);
      if (owner === "self" || (commands.hasAny && isHandedParser(node, owner, tree))) return;
      const own = positional(position, written[0], node, told, call.args, tree, file);
      result.options.push(own, ...restOf(own, position, call.args, tree));
      position += 1;
    }
  });
  for (const flags of groups.values()) {
    const needs = flags.map((flag) => [flag]);
    if (needs.length > 0)
      result.flows.push({ path: file.path, name: null, isHandler: false, isHosting: false, needs, calls: [] });
  }
  result.options = result.options.filter(
    (option) =>
      // What a program demands is not about itself: `--login ACCOUNT`.
      (!isProgramFlag(option.key) || option.whenMissing === "fails") &&
      (!isTransportName(option.key) || isOwnAddress(option)) &&
      !/^--(http|sse|stdio|stateless|path)$/.test(option.key),
  );
  return result;
}

/** Returns whether a parser takes apart a text of its own, such as a tool's argument, and not the command line. */
function parsesText(node: PyNode, tree: PythonTree): boolean {
  const definition = enclosing(node, "FunctionDefinition");
  if (!definition) return false;
  const decorated = definition.parent?.name === "DecoratedStatement" ? definition.parent : definition;
  if (HANDLER_DECORATOR.test(tree.slice(decorated.from, definition.from))) return true;
  const text = tree.slice(definition.from, Math.min(definition.to, definition.from + 20_000));
  // A subcommand can have a parser of its own: ArgumentParser(prog="thing install-hooks").
  const subcommand = /ArgumentParser\(\s{0,100}prog\s{0,10}=\s{0,10}f?["'][^"'\s]{1,100} ([\w-]{1,60})/.exec(text)?.[1];
  if (subcommand !== undefined && !serves(subcommand)) return true;
  for (const { index, 0: call } of text.matchAll(/\.parse_(?:known_)?args\(/g)) {
    const rest = text.slice(index + call.length, index + call.length + MAX_ARGUMENT_CHARACTERS);
    if (rest.split(/[)\n]/, 1)[0]?.includes(".split(")) return true;
  }
  return false;
}

/** Returns whether a function makes a parser of its own that has no subcommands, as another function's has. */
function isOfPlainParser(node: PyNode, tree: PythonTree): boolean {
  const definition = enclosing(node, "FunctionDefinition");
  const text = definition ? tree.slice(definition.from, Math.min(definition.to, definition.from + 20_000)) : "";
  return /\bArgumentParser\(/.test(text) && !/\.add_subparsers\(/.test(text);
}

function ownerOf(callee: PyNode, tree: PythonTree): string {
  return tree.dotted(callee)?.split(".").slice(0, -1).join(".") ?? "";
}

function addOption(
  key: string,
  node: PyNode,
  told: OptionFacts,
  args: Argument[],
  tree: PythonTree,
  file: TextFile,
  names: EnvNames,
  result: ScanResult,
): void {
  const line = tree.line(node);
  const isDemanded = told.isRequired && told.fallback === null;
  result.options.push({
    ...base(key, line, file, told),
    label: told.label ?? null,
    required: told.isRequired,
    // The parser ends the program, whatever the environment holds.
    isMandatory: isDemanded && told.variables.length === 0 && !OF_ENVIRONMENT.test(tree.text(tree.root)),
    whenMissing: isDemanded ? "fails" : told.fallback !== null ? "default" : "unknown",
    template: told.isSwitch ? key : null,
    ...aliasesOf(key, args, tree),
  });
  const variables = told.variables.filter(isVariable);
  for (const variable of variables) {
    result.links.push({ key: variable, flag: key });
    result.reads.push({
      key: variable,
      path: file.path,
      line,
      fallback: told.fallback !== null ? "literal" : "none",
      value: told.fallback,
      isHosting: isTransportName(key),
      comment: null,
      description: told.description,
      choices: told.choices,
    });
  }
  if (isDemanded && variables.length > 0) {
    const needs = variables.map((variable) => [variable]);
    result.flows.push({ path: file.path, name: null, isHandler: false, isHosting: false, needs, calls: [] });
  }
  for (const variable of variablesIn(argument(args, "default"), tree, names))
    result.links.push({ key: variable, flag: key });
  // `required=not os.getenv("A_TOKEN")`
  const needs = variablesIn(argument(args, "required"), tree, names).map((variable) => [variable]);
  if (needs.length > 0)
    result.flows.push({ path: file.path, name: null, isHandler: false, isHosting: false, needs, calls: [] });
}

/** What takes every option of a program from the environment too, or puts it on the command line first. */
const OF_ENVIRONMENT =
  /\bauto_envvar_prefix\b|\bsys\.argv\s{0,3}(?:\+?=|\.(?:append|extend|insert)\b)|\bconfigargparse\b/;

/** The variables that an expression reads, or looks for in the environment. */
function variablesIn(node: PyNode | null, tree: PythonTree, names: EnvNames): string[] {
  const found = new Set<string>();
  if (node)
    walkPython(node, (inner) => {
      const read = envRead(inner, tree, names);
      const [left] = inner.name === "BinaryExpression" && inner.getChild("in") ? childrenOf(inner) : [];
      const right = left ? childrenOf(inner).at(-1) : undefined;
      const sought = left && right && isEnvironment(right, tree, names) ? left : null;
      const key = tree.string(read?.key ?? sought);
      if (key !== null) found.add(key);
    });
  return [...found];
}

/** argparse: what holds a group of which one flag has to be given. */
const REQUIRED_GROUP =
  /^[ \t]*([\w.]{1,60})[ \t]?=[ \t]?[\w.]{1,60}\.add_mutually_exclusive_group\(\s{0,40}required\s?=\s?True/gm;

/** `add_argument("-t", "--token")`, `@option("--token", "-t")` */
function aliasesOf(key: string, args: Argument[], tree: PythonTree): Pick<InputFinding, "aliases"> {
  const written = args.flatMap((one) => (one.name === null ? (tree.string(one.value) ?? []) : []));
  const aliases = written.filter((text) => text !== key && /^--?[A-Za-z][\w-]{0,60}$/.test(text));
  return aliases.length > 0 ? { aliases } : {};
}

/** A declaration may name a variable in lower case too, which no bare word in the code can. */
function isVariable(name: string): boolean {
  return isEnvName(name) || /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/.test(name);
}

function base(key: string, line: number, file: TextFile, told: OptionFacts): InputFinding {
  return {
    key,
    target: "arg",
    evidence: "read",
    provenance: { from: "source", where: `${file.path}:${line}` },
    description: told.description,
    type: told.isSwitch ? "boolean" : told.isNumber ? "number" : null,
    default: told.fallback !== null && !isPlaceholder(told.fallback, key) ? told.fallback : null,
    choices: told.choices,
  };
}

function demandOf(required: boolean): Pick<InputFinding, "required" | "whenMissing"> {
  return { required, whenMissing: required ? "fails" : "default" };
}

function positional(
  position: number,
  name: string,
  node: PyNode,
  told: OptionFacts,
  args: Argument[],
  tree: PythonTree,
  file: TextFile,
): InputFinding {
  const count = argument(args, "nargs");
  const isOptional = told.fallback !== null || (count !== null && /[?*]/.test(tree.text(count)));
  return {
    ...base(`position ${position}`, tree.line(node), file, told),
    label: name,
    required: !isOptional,
    whenMissing: isOptional ? "default" : "fails",
  };
}

/** What may follow the first value of a list of them, where documentation shows more than one. */
function restOf(own: InputFinding, position: number, args: Argument[], tree: PythonTree): InputFinding[] {
  const isList = tree.string(argument(args, "nargs")) === "+";
  return isList
    ? [{ ...own, key: `position ${position + 1}`, evidence: "mentioned", required: false, whenMissing: "default" }]
    : [];
}

/** Finds flags that do the same as a variable: `os.environ["X"] = jira_url`, `args.api_key or os.getenv("X")`. */
function linkAt(node: PyNode, tree: PythonTree, names: EnvNames): ScanResult["links"] {
  const flagName = (value: PyNode | undefined) => {
    const last = value ? tree.dotted(value)?.split(".").at(-1) : null;
    return last && /^[a-z][a-z0-9_]*$/.test(last) ? `--${last.replaceAll("_", "-")}` : null;
  };
  if (node.name === "AssignStatement") {
    const children = childrenOf(node);
    const [target] = children;
    const read = target ? envRead(target, tree, names) : null;
    const key = read?.isStrict ? tree.string(read.key) : null;
    const flag = flagName(children.at(-1));
    return key && flag ? [{ key, flag }] : [];
  }
  const given = envRead(node, tree, names);
  if (given?.fallback) {
    const key = tree.string(given.key);
    const flag = flagName(given.fallback);
    return key && flag ? [{ key, flag }] : [];
  }
  if (node.name === "BinaryExpression" && node.getChild("or")) {
    const children = childrenOf(node);
    const read = children.at(-1) ? envRead(children.at(-1) ?? node, tree, names) : null;
    const key = read ? tree.string(read.key) : null;
    const flag = flagName(children[0]);
    return key && flag ? [{ key, flag }] : [];
  }
  return [];
}
