import type { TextFile } from "../../fetch/files.ts";
import { childrenOf, definitionName, type PyNode, PythonTree, statementsOf } from "./syntax.ts";

export const SERVES = /\bstdio_server\s*\(|\.run_(?:stdio_async|sse_async|async)\s*\(|\b(?:mcp|server|app)\.run\s*\(/;
/** What takes a command line apart. */
export const PARSES = /\bArgumentParser\s{0,3}\(/;
/** What a file does where it is run as a program. */
export const GUARD = /^if[ \t]*\(?__name__[ \t]*==/m;
/** Names of functions with which a program begins. */
const BEGINS = /^_?(?:a?main|cli|run|serve|start)(?:_\w{1,60})?$/;
/** Functions of one file that are looked at for whether its own program alone calls them. */
const MAX_FUNCTIONS = 200;
const MAX_FILES = 60;
/** Characters of a function that are looked through for a parser. */
const MAX_PROGRAM = 20_000;
const MAX_ROUNDS = 4;

/** Lists the files that run a server, where no command says which one does. */
export function listServing(files: readonly TextFile[]): string[] {
  return files.filter(({ text }) => SERVES.test(text)).map(({ path }) => path);
}

/** Returns whether the server runs in another arm of a conditional than one, and nowhere behind it. */
export function servesBeside(conditional: PyNode, arm: PyNode, tree: PythonTree): boolean {
  const whole = tree.text(conditional);
  if (whole.length > MAX_PROGRAM || !SERVES.test(whole)) return false;
  const behind = conditional.parent
    ? tree.text(conditional.parent).slice(conditional.to - conditional.parent.from)
    : "";
  return !SERVES.test(tree.text(arm)) && !SERVES.test(behind.slice(0, MAX_PROGRAM));
}

/**
 * Leaves out what a file would do as a program of its own where it is none of those that the server begins with: `if __name__ ==
 * "__main__":` and the functions that only this calls, with their parser of arguments, and functions with a parser that nothing in the
 * server calls: another command of the package is made of them. Lines keep their numbers.
 *
 * @param begun paths of the files where the server begins; nothing is left out where none is known
 */
export function withoutOwnPrograms(files: readonly TextFile[], begun: ReadonlySet<string>): TextFile[] {
  if (!files.some(({ path }) => begun.has(path))) return [...files];
  const used = new Set(files.flatMap(listUsed));
  let left = MAX_FILES;
  return files.map((file) => {
    const mayBeProgram = GUARD.test(file.text) || PARSES.test(file.text);
    if (begun.has(file.path) || !mayBeProgram || left <= 0 || used.has(`${moduleOf(file)}.*`)) return file;
    left -= 1;
    return { ...file, text: withoutOwnProgram(file, used) };
  });
}

function withoutOwnProgram(file: TextFile, used: ReadonlySet<string>): string {
  const module =
    file.path
      .replace(/(\/__init__)?\.py$/, "")
      .split("/")
      .at(-1) ?? "";
  const tree = new PythonTree(file.text);
  const statements = childrenOf(tree.root);
  const cut = statements.filter(
    (node) => node.name === "IfStatement" && GUARD.test(tree.slice(node.from, node.from + 60)),
  );
  const functions = statements.flatMap((node) => functionAt(node, tree) ?? []).slice(0, MAX_FUNCTIONS);
  const program = cut.map((node) => tree.text(node)).join("\n");
  const guarded = countWords(program);
  // An entry that only hands on what this file defines: the program is the server's own.
  const isHandedOn = functions.some(
    ({ name }) => guarded.has(name) && BEGINS.test(name) && used.has(`${module}.${name}`),
  );
  if (isHandedOn && !PARSES.test(program)) cut.splice(0);
  const words = countWords(file.text);
  const isUnused = ({ node, name }: Definition) =>
    words.get(name) === 1 && !used.has(`${module}.${name}`) && PARSES.test(tree.text(node).slice(0, MAX_PROGRAM));
  cut.push(...functions.filter(isUnused).map(({ node }) => node));
  // What the program alone calls goes with it. What other code names stays.
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const kept = countWords(blank(file.text, cut));
    const program = countWords(cut.map((node) => tree.text(node)).join("\n"));
    const more = functions.filter(
      ({ node, name }) =>
        !cut.includes(node) && program.has(name) && kept.get(name) === 1 && !used.has(`${module}.${name}`),
    );
    if (more.length === 0) break;
    cut.push(...more.map(({ node }) => node));
  }
  return blank(file.text, cut);
}

/** The name by which other files import a file. */
export function moduleOf({ path }: TextFile): string {
  return (
    path
      .replace(/(\/__init__)?\.py$/, "")
      .split("/")
      .at(-1) ?? ""
  );
}

export interface Definition {
  node: PyNode;
  name: string;
}

/** The function that a statement defines, or null. */
export function functionAt(node: PyNode, tree: PythonTree): Definition | null {
  const definition = node.name === "DecoratedStatement" ? node.getChild("FunctionDefinition") : node;
  if (definition?.name !== "FunctionDefinition" || statementsOf(definition.getChild("Body")).length === 0) return null;
  return { node, name: definitionName(tree, definition).name };
}

/** How often each word stands in a text. */
export function countWords(text: string): Map<string, number> {
  const words = new Map<string, number>();
  for (const [word] of text.matchAll(/\w+/g)) words.set(word, (words.get(word) ?? 0) + 1);
  return words;
}

/** Lists what a file takes of modules, as "module.name", or "module.*" for one that it may run: by `from module import name`, and by `module.name` where it is used. */
export function listUsed({ text }: TextFile): string[] {
  const used: string[] = [];
  const aliases = new Map<string, string>();
  for (const [, module = "", names = ""] of text.matchAll(
    /^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^()]{0,4000}\)|[^\n]{1,500})/gm,
  ))
    for (const [, name = "", alias] of names.matchAll(/\b(\w+)(?:[ \t]+as[ \t]+(\w+))?/g)) {
      used.push(`${module.split(".").at(-1)}.${name}`);
      if (alias) aliases.set(alias, name);
    }
  for (const [, module = "", alias = ""] of text.matchAll(/^[ \t]*import[ \t]+([\w.]+)[ \t]+as[ \t]+(\w+)/gm))
    aliases.set(alias, module.split(".").at(-1) ?? "");
  for (const [, owner = "", name = ""] of text.matchAll(/(?=\b([A-Za-z_]\w{0,60})\.([A-Za-z_]\w{0,60}))\w/g))
    used.push(`${aliases.get(owner) ?? owner}.${name}`);
  // `runpy.run_module("thing.server")`, `[sys.executable, "server.py"]`: another file may run it as a program. A logger only has its name.
  for (const { index, 1: file, 2: module } of text.matchAll(
    /["'](?:(?:[\w.-]{1,60}\/){0,6}(\w{1,60})\.py|(?:[A-Za-z_]\w{0,60}\.){1,6}([a-z_]\w{0,60}))["']/g,
  ))
    if (!text.slice(Math.max(0, index - 10), index).endsWith("getLogger(")) used.push(`${module ?? file}.*`);
  return used;
}

/** A text with stretches of it emptied, but for their line ends. */
export function blank(text: string, nodes: readonly PyNode[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { from, to } of [...nodes].sort((a, b) => a.from - b.from)) {
    parts.push(text.slice(at, from), text.slice(from, to).replace(/[^\n]/g, " "));
    at = to;
  }
  return [...parts, text.slice(at)].join("");
}
