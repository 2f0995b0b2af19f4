import { servingCommands } from "../serving-commands.ts";
import { calleeName, functionName, isCall, isFunction, isMember, unwrap } from "./env.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, stringValue, valueAt, walk } from "./syntax.ts";

const MAX_COMMANDS = 60;

const SERVING = /^(\$0|\*|serve|server|start|run|stdio|mcp)(?!\w)/;

/** Returns whether a command's name is that of one that serves. "$0" is what yargs calls the program itself. */
export function isServingCommand(name: string): boolean {
  return SERVING.test(name);
}

/**
 * Where the code stands that sets up a subcommand that does not serve: `.command("login", "…", (yargs) => …)`,
 * `const loginCommand = buildCommand({…})`.
 *
 * @param otherBuilders functions of the program that set up such subcommands
 */
export function subcommandRanges(root: SyntaxNode, otherBuilders: ReadonlySet<string>): [number, number][] {
  const ranges: [number, number][] = [];
  walk(root, (node) => {
    if (ranges.length >= MAX_COMMANDS) return;
    const id = node.type === "VariableDeclarator" ? identifierName(nodeOf(node, "id")) : null;
    const name = id && /^(\w+)Command$/.exec(id)?.[1];
    const made = name ? nodeOf(node, "init") : null;
    if (name && made && calleeName(made) === "buildCommand" && !SERVING.test(name)) ranges.push([made.start, made.end]);
    if (isBuilder(node, otherBuilders)) ranges.push([node.start, node.end]);
    if (!isCall(node) || calleeName(node) !== ".command") return;
    const args = nodesOf(node, "arguments");
    const written = stringValue(args[0]);
    if (written === null || SERVING.test(written)) return;
    for (const one of args.slice(1)) if (isFunction(one)) ranges.push([one.start, one.end]);
  });
  return ranges;
}

/** `function loginBuilder(yargs) { … }`, `const loginBuilder = (yargs) => …` */
function isBuilder(node: SyntaxNode, names: ReadonlySet<string>): boolean {
  if (names.size === 0 || !/^(FunctionDeclaration|VariableDeclarator)$/.test(node.type)) return false;
  const made = node.type === "VariableDeclarator" ? nodeOf(node, "init") : node;
  const isOfFunction = made !== null && isFunction(unwrap(made));
  return isOfFunction && names.has(functionName(unwrap(made), node) ?? "");
}

/**
 * Returns whether a chain of calls goes on from `.command("name")`: its arguments and options are that subcommand's.
 */
export function isInSubcommand(node: SyntaxNode): boolean {
  let at: SyntaxNode | null = node;
  for (let steps = 0; at && steps < 40; steps += 1) {
    const callee: SyntaxNode | null = nodeOf(at, "callee");
    const object: SyntaxNode | null = callee && isMember(callee) ? nodeOf(callee, "object") : null;
    at = object && isCall(object) ? object : null;
    if (!at || calleeName(at) !== ".command") continue;
    const written = stringValue(nodesOf(at, "arguments")[0]) ?? "";
    return !SERVING.test(written);
  }
  return false;
}

/**
 * Names of the functions that set up subcommands that do not serve, over all files of a program: `.command("login", "…", loginBuilder)`,
 * `{ command: "login", builder: loginBuilder }`.
 */
export function listOtherBuilders(roots: readonly SyntaxNode[]): Set<string> {
  const commands: { name: string; builder: string | null }[] = [];
  for (const root of roots)
    walk(root, (node) => {
      const found = commands.length < MAX_COMMANDS * 5 ? (calledCommand(node) ?? describedCommand(node)) : null;
      if (found) commands.push(found);
    });
  const isOwn = (name: string) => /^(\$0|\*)$/.test(name);
  const names = commands.map(({ name }) => name).filter((name) => !isOwn(name));
  const serving = servingCommands(
    names,
    commands.some(({ name, builder }) => isOwn(name) && builder !== null),
  );
  const buildersOf = (isServing: boolean) =>
    commands.flatMap(({ name, builder }) =>
      builder !== null && (isOwn(name) || serving.has(name)) === isServing ? [builder] : [],
    );
  const kept = new Set(buildersOf(true));
  return new Set(buildersOf(false).filter((builder) => !kept.has(builder)));
}

/** Names of all subcommands that are made where they are added: `.command("login")`. */
export function listCommandNames(roots: readonly SyntaxNode[]): string[] {
  const names = new Set<string>();
  for (const root of roots)
    walk(root, (node) => {
      const name = names.size < MAX_COMMANDS * 5 ? calledCommand(node)?.name : undefined;
      if (name !== undefined) names.add(name);
    });
  return [...names];
}

interface NamedCommand {
  name: string;
  /** The function that sets it up, where it has a name. */
  builder: string | null;
}

/** yargs: `.command("login", "Log in", loginBuilder, loginHandler)` */
function calledCommand(node: SyntaxNode): NamedCommand | null {
  if (!isCall(node) || calleeName(node) !== ".command") return null;
  const [first, , builder] = nodesOf(node, "arguments");
  const name = first ? commandName(first) : null;
  return name === null ? null : { name, builder: identifierName(builder ?? null) };
}

/** yargs: `{ command: "login", describe: "Log in", builder: loginBuilder, handler }` */
function describedCommand(node: SyntaxNode): NamedCommand | null {
  const written = node.type === "ObjectExpression" ? valueAt(node, "command") : null;
  const builder = written ? valueAt(node, "builder") : null;
  const name = written && (builder || valueAt(node, "handler")) ? commandName(written) : null;
  return name === null ? null : { name, builder: identifierName(builder) };
}

/** The first word of a command, or the last part of the name of the constant that holds it: `Commands.login`. */
function commandName(node: SyntaxNode): string | null {
  const given = unwrap(node);
  const written = stringValue(given)?.trim().split(/\s/)[0] ?? (isMember(given) ? keyName(given) : null);
  return written ? written.slice(0, 100) : null;
}
