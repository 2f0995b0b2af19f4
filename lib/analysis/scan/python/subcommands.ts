import type { TextFile } from "../../fetch/files.ts";
import { serves } from "./option-facts.ts";
import { definitionName, enclosing, type PyNode, type PythonTree, parametersOf, walkPython } from "./syntax.ts";

/** What all files of a server say of its subcommands, which may stand in a file each. */
export interface Subcommands {
  /** Some parser has subcommands. */
  hasAny: boolean;
  /** Functions that some file makes subcommands: `cli.add_command(run)`. */
  added: ReadonlySet<string>;
  /** One of them says that it is the server, so that `run` and `start` run something else. */
  hasServer: boolean;
}

const MAX_COMMANDS = 200;
const MAKES_SUBCOMMANDS = /\.add_subparsers\(|@\w+\.group\(|\bclick\.Group\(/;
const ADDS = /\.add_command\(\s{0,40}(?:\w{1,60}\.){0,3}(\w{1,80})\b/g;
const PARSERS = /\.add_parser\(\s{0,40}["']([\w-]{1,60})["']/g;
/** Names of a subcommand that is a server, and runs nothing else. */
const IS_SERVER = /(?:^|[-_])(?:serve|server|mcp|stdio)(?:[-_]|$)/;

export function subcommandsOf(files: readonly { file: TextFile; tree: PythonTree }[]): Subcommands {
  const all = (pattern: RegExp) =>
    files.flatMap(({ file }) => [...file.text.matchAll(pattern)].slice(0, MAX_COMMANDS).map(([, name = ""]) => name));
  const added = new Set(all(ADDS));
  const decorated = files.flatMap(({ tree }) => namesOfCommands(tree));
  return {
    hasAny: added.size > 0 || files.some(({ file }) => MAKES_SUBCOMMANDS.test(file.text)),
    added,
    hasServer: [...all(PARSERS), ...decorated].some((name) => IS_SERVER.test(name) && serves(name)),
  };
}

/** click and typer: the commands that a file's functions are. */
function namesOfCommands(tree: PythonTree): string[] {
  const names: string[] = [];
  walkPython(tree.root, (node) => {
    if (node.name !== "DecoratedStatement" || names.length >= MAX_COMMANDS) return;
    const definition = node.getChild("FunctionDefinition");
    const name = definition ? nameOfCommand(definition, tree.slice(node.from, definition.from), tree) : null;
    if (name !== null) names.push(name);
  });
  return names;
}

function nameOfCommand(definition: PyNode, decorators: string, tree: PythonTree): string | null {
  if (!/\.command\(/.test(decorators)) return null;
  const written = /\.command\(\s*(?:name\s*=\s*)?["']([\w-]+)["']/.exec(decorators)?.[1];
  return written ?? definitionName(tree, definition).name;
}

/** Returns whether the options of a subcommand are the server's. */
export function isServing(command: string, { hasServer }: Subcommands): boolean {
  return serves(command) && (!hasServer || IS_SERVER.test(command));
}

/** argparse: the variables that hold the parser of a subcommand, with its name. */
export function subparsers(tree: PythonTree): Map<string, string> {
  const found = new Map<string, string>();
  for (const match of tree
    .text(tree.root)
    .matchAll(/^[ \t]*([\w.]+)[ \t]*=[ \t]*\w+\.add_parser\([ \t\n]*["']([\w-]+)["']/gm)) {
    if (match[1] && match[2]) found.set(match[1], match[2]);
  }
  return found;
}

/** argparse: whether a parser is handed to the function that adds to it. Of which subcommand it is, only the caller knows. */
export function isHandedParser(node: PyNode, owner: string, tree: PythonTree): boolean {
  const definition = enclosing(node, "FunctionDefinition");
  return definition !== null && parametersOf(tree, definition).some(({ name }) => name === owner);
}

/**
 * click: the name of the command that a decorator or a parameter belongs to; null outside of one.
 *
 * @param isOfMany the file has several commands. One alone is a subcommand where another file says so.
 */
export function commandOf(node: PyNode, tree: PythonTree, isOfMany: boolean, { added }: Subcommands): string | null {
  const decorated = enclosing(node, "DecoratedStatement");
  const definition = decorated?.getChild("FunctionDefinition") ?? enclosing(node, "FunctionDefinition");
  if (!definition) return null;
  if (!isOfMany && !added.has(definitionName(tree, definition).name)) return null;
  return nameOfCommand(definition, decorated ? tree.slice(decorated.from, definition.from) : "", tree);
}
