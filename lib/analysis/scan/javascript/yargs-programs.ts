import { calleeName, isCall, isMember, unwrap } from "./env.ts";
import { isServingCommand } from "./subcommands.ts";
import { identifierName, nodeOf, nodesOf, type SyntaxNode, stringValue, walk } from "./syntax.ts";

/** What a program tells yargs, in whichever of its files. */
export interface YargsProgram {
  /** The objects that hold the options of a command that serves, by their names: `.options(globalOptions)`. */
  objects: ReadonlyMap<string, Prefixes>;
  /** The same for the options that stand in a file itself. */
  files: ReadonlyMap<SyntaxNode, Prefixes>;
}

/** What variables begin with that do the same as options: `.env("ACME")`. */
type Prefixes = ReadonlySet<string>;

const MAX_NAMES = 50;

/**
 * Learns what the files of a program tell yargs.
 *
 * @param foreignOf where the code of a file stands that sets up subcommands that do not serve
 */
export function learnYargs(
  roots: readonly SyntaxNode[],
  foreignOf: (root: SyntaxNode) => readonly (readonly [from: number, to: number])[],
): YargsProgram {
  const objects = new Map<string, Set<string>>();
  const files = new Map<SyntaxNode, Prefixes>();
  for (const root of roots) {
    const isOfYargs = importsYargs(root);
    const foreign = isOfYargs ? foreignOf(root) : [];
    const names = new Set<string>();
    const prefixes = new Set<string>();
    walk(root, (node) => {
      if (!isCall(node) || names.size + prefixes.size >= MAX_NAMES) return;
      if (foreign.some(([from, to]) => node.start >= from && node.end <= to)) return;
      const prefix = prefixAt(node, isOfYargs);
      if (prefix !== null) prefixes.add(prefix);
      const name = isOfYargs ? objectAt(node) : null;
      if (name !== null) names.add(name);
    });
    files.set(root, prefixes);
    for (const name of names) objects.set(name, new Set([...(objects.get(name) ?? []), ...prefixes]));
  }
  return { objects, files };
}

function importsYargs(root: SyntaxNode): boolean {
  let isFound = false;
  walk(root, (node) => {
    const [required] = isCall(node) && calleeName(node) === "require" ? nodesOf(node, "arguments") : [];
    const from = node.type === "ImportDeclaration" ? nodeOf(node, "source") : (required ?? null);
    if (/^yargs(?:\/|$)/.test(stringValue(from) ?? "")) isFound = true;
  });
  return isFound;
}

function prefixAt(call: SyntaxNode, isOfYargs: boolean): string | null {
  if (calleeName(call) !== ".env") return null;
  const given = stringValue(nodesOf(call, "arguments")[0]);
  const prefix = /^([A-Z][A-Z0-9_]{0,60}?)_?$/.exec(given ?? "")?.[1];
  return prefix !== undefined && (isOfYargs || isOnParser(call)) ? prefix : null;
}

/** `.options(globalOptions)`, `.options(globalOptions || {})`, `.command("$0", "Start the server", serverOptions)` */
function objectAt(call: SyntaxNode): string | null {
  const method = calleeName(call);
  const args = nodesOf(call, "arguments");
  if (method === ".options") return nameOf(args[0]);
  const command = method === ".command" ? stringValue(args[0]) : null;
  return command !== null && isServingCommand(command) ? nameOf(args[2]) : null;
}

function nameOf(node: SyntaxNode | undefined): string | null {
  const given = node && unwrap(node);
  return identifierName(given?.type === "LogicalExpression" ? nodeOf(given, "left") : (given ?? null));
}

/** Calls of one chain that are followed. */
const MAX_CHAIN = 60;

/** Returns whether a chain of calls begins with `yargs(…)`. */
function isOnParser(call: SyntaxNode): boolean {
  let at: SyntaxNode | null = call;
  for (let step = 0; at && step < MAX_CHAIN; step += 1) {
    if (calleeName(at) === "yargs") return true;
    const callee: SyntaxNode | null = nodeOf(at, "callee");
    at = callee && isMember(callee) ? nodeOf(callee, "object") : null;
  }
  return false;
}
