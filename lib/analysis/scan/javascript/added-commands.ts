import { servingCommands } from "../serving-commands.ts";
import { calleeName, functionName, isCall, isFunction, isMember, literalText, unwrap } from "./env.ts";
import {
  childrenOf,
  identifierName,
  keyName,
  nodeOf,
  nodesOf,
  type SyntaxNode,
  stringValue,
  valueAt,
} from "./syntax.ts";

/** A command of commander that has a name: `new Command("login")`, `new Command().name("login")`. */
interface MadeCommand {
  name: string;
  /** The constant that holds it, and the function that returns it, each by its name. */
  constant: string | null;
  maker: string | null;
  /** Where the code stands that sets it up. */
  range: Range;
  /** Where its constant is known. */
  scope: Range;
  root: SyntaxNode;
  /** It does something itself, whatever subcommands it has. */
  acts: boolean;
}

/** `program.addCommand(loginCommand)` */
interface Adding {
  parent: MadeCommand | null;
  /** What is added: a command, or the name of its constant or its maker. */
  child: MadeCommand | string;
  isDefault: boolean;
}

type Range = readonly [from: number, to: number];

const MAX_COMMANDS = 300;
const MAX_DEPTH = 400;
const MAX_CHAIN = 40;
/** Levels of subcommands. */
const MAX_LEVELS = 6;

/**
 * Where the code stands that sets up commander's subcommands that do not serve, by the file's root. Such a command is made in one place,
 * often in a file of its own, and becomes a subcommand in another: `program.addCommand(createLoginCommand())`.
 *
 * @param named subcommands of the program that are made where they are added: `.command("serve")`
 */
export function listAddedRanges(roots: readonly SyntaxNode[], named: readonly string[]): Map<SyntaxNode, Range[]> {
  const made = new Map<SyntaxNode, MadeCommand>();
  const calls: Call[] = [];
  for (const root of roots) collect(root, made, calls);
  if (!calls.some(({ method }) => method === "addCommand")) return new Map();
  const commands = [...made.values()];
  for (const call of calls) if (call.method === "action") noteAction(call, made, commands);
  const addings = calls
    .filter(({ method }) => method === "addCommand")
    .slice(0, MAX_COMMANDS)
    .flatMap((call) => addingOf(call, made, commands) ?? []);
  const served = serving(addings, commands, named);
  const ranges = new Map<SyntaxNode, Range[]>();
  for (const [command, serves] of served) {
    if (serves) continue;
    const known = ranges.get(command.root) ?? [];
    known.push(command.range, ...chainsOf(command, calls));
    ranges.set(command.root, known);
  }
  return ranges;
}

/** A call of a method that commander's commands have, with the expression on which its chain of calls stands. */
interface Call {
  node: SyntaxNode;
  method: string;
  base: SyntaxNode;
  root: SyntaxNode;
}

/** Collects the commands that a file makes, and the calls that may be of one. */
function collect(root: SyntaxNode, made: Map<SyntaxNode, MadeCommand>, calls: Call[]): void {
  const ancestors: SyntaxNode[] = [];
  const visit = (node: SyntaxNode) => {
    if (node.type === "NewExpression" && calleeName(node) === "Command.constructor" && made.size < MAX_COMMANDS) {
      const command = commandOf(node, ancestors, root);
      if (command) made.set(node, command);
    }
    const method = isCall(node) ? /^\.(\w+)$/.exec(calleeName(node) ?? "")?.[1] : undefined;
    const base = method === undefined ? null : baseOf(node);
    if (method !== undefined && base && calls.length < MAX_COMMANDS * 20) calls.push({ node, method, base, root });
    if (ancestors.length >= MAX_DEPTH) return;
    ancestors.push(node);
    for (const child of childrenOf(node)) visit(child);
    ancestors.pop();
  };
  visit(root);
}

/** The expression on which a chain of calls stands. Null where the chain sets up another command: `program.command("login").action(…)`. */
function baseOf(call: SyntaxNode): SyntaxNode | null {
  let at: SyntaxNode = call;
  for (let step = 0; step < MAX_CHAIN; step += 1) {
    const callee = isCall(at) ? nodeOf(at, "callee") : null;
    const object = callee && isMember(callee) ? nodeOf(callee, "object") : null;
    if (!object) return at;
    at = unwrap(object);
    if (isCall(at) && calleeName(at) === ".command") return null;
  }
  return null;
}

function commandOf(node: SyntaxNode, ancestors: readonly SyntaxNode[], root: SyntaxNode): MadeCommand | null {
  let top = node;
  let name = stringValue(nodesOf(node, "arguments")[0]);
  let at = ancestors.length - 1;
  for (; at > 0; at -= 2) {
    const [member, call] = [ancestors[at], ancestors[at - 1]];
    if (!member || !call || !isMember(member) || !isCall(call) || nodeOf(call, "callee") !== member) break;
    if (keyName(member) === "name") name ??= stringValue(nodesOf(call, "arguments")[0]);
    top = call;
  }
  if (name === null) return null;
  const holder = ancestors[at];
  const constant = holder?.type === "VariableDeclarator" ? identifierName(nodeOf(holder, "id")) : null;
  const around = ancestors.findLastIndex(isFunction);
  const within = ancestors[around];
  const isReturned = within !== undefined && returns(within, top, constant);
  const scope = within ?? root;
  const place = isReturned ? within : (holder ?? top);
  return {
    name: name.trim().split(/\s/)[0] ?? "",
    constant,
    maker: isReturned ? functionName(within, ancestors[around - 1] ?? null) : null,
    range: constant === null && !isReturned ? [top.start, top.end] : [place.start, place.end],
    scope: [scope.start, scope.end],
    root,
    acts: false,
  };
}

/** Returns whether a function returns a command that it makes, by itself or by its constant. */
function returns(made: SyntaxNode, command: SyntaxNode, constant: string | null): boolean {
  const body = nodeOf(made, "body");
  if (!body) return false;
  const isIt = (node: SyntaxNode | null) => {
    const given = node && unwrap(node);
    const base = given && isCall(given) ? (baseOf(given) ?? given) : given;
    return given === command || (constant !== null && identifierName(base) === constant);
  };
  if (body.type !== "BlockStatement") return isIt(body);
  return nodesOf(body, "body").some((one) => one.type === "ReturnStatement" && isIt(nodeOf(one, "argument")));
}

/** The command that an expression of a file is: made on the spot, or held by a constant that is known there. */
function commandAt(
  base: SyntaxNode,
  { root }: Pick<Call, "root">,
  made: ReadonlyMap<SyntaxNode, MadeCommand>,
  commands: readonly MadeCommand[],
): MadeCommand | null {
  const own = made.get(base);
  const name = own ? null : identifierName(base);
  if (name === null) return own ?? null;
  const held = commands.filter(
    ({ constant, root: other, scope }) =>
      constant === name && other === root && base.start >= scope[0] && base.end <= scope[1],
  );
  // The innermost scope hides the others.
  return held.sort((a, b) => a.scope[1] - a.scope[0] - (b.scope[1] - b.scope[0]))[0] ?? null;
}

function noteAction(call: Call, made: ReadonlyMap<SyntaxNode, MadeCommand>, commands: readonly MadeCommand[]): void {
  const command = commandAt(call.base, call, made, commands);
  if (command) command.acts = true;
}

function addingOf(
  call: Call,
  made: ReadonlyMap<SyntaxNode, MadeCommand>,
  commands: readonly MadeCommand[],
): Adding | null {
  const [first, options] = nodesOf(call.node, "arguments");
  const given = first && unwrap(first);
  if (!given) return null;
  const base = isCall(given) ? (baseOf(given) ?? given) : given;
  const own = commandAt(base, call, made, commands);
  const called = isCall(base) ? (calleeName(base)?.replace(/^\w{0,100}\./, "") ?? null) : null;
  const child = own ?? (called === null ? (identifierName(base) ?? keyOf(base)) : `${called}()`);
  const isDefault = options !== undefined && literalText(valueAt(options, "isDefault")) === "true";
  if (child === null || child === "") return null;
  return { parent: commandAt(call.base, call, made, commands), child, isDefault };
}

/** `commands.login` of what another file exports. */
function keyOf(node: SyntaxNode): string | null {
  return isMember(node) ? keyName(node) : null;
}

/** Which of the commands that are added somewhere serve. */
function serving(
  addings: readonly Adding[],
  commands: readonly MadeCommand[],
  named: readonly string[],
): Map<MadeCommand, boolean> {
  const groups = new Map<MadeCommand | null, { command: MadeCommand; isDefault: boolean }[]>();
  const parents = new Map<MadeCommand, MadeCommand | null>();
  const roots = new Set<MadeCommand>(commands);
  for (const { parent, child, isDefault } of addings)
    for (const command of childrenNamed(child, commands)) {
      const group = groups.get(parent) ?? [];
      group.push({ command, isDefault });
      groups.set(parent, group);
      parents.set(command, parent);
      roots.delete(command);
    }
  const own = new Map<MadeCommand, boolean>();
  for (const [parent, group] of groups) {
    const others = parent === null || roots.has(parent) ? named : [];
    const hasDefault = group.some(({ isDefault }) => isDefault);
    const names = [...group.map(({ command }) => command.name), ...others];
    const chosen = servingCommands(names, hasDefault || parent?.acts === true);
    for (const { command, isDefault } of group)
      own.set(command, own.get(command) !== false && (isDefault || chosen.has(command.name)));
  }
  const serves = (command: MadeCommand, level = 0): boolean => {
    const parent = parents.get(command) ?? null;
    if (own.get(command) === false) return false;
    return parent === null || !parents.has(parent) || level > MAX_LEVELS || serves(parent, level + 1);
  };
  return new Map([...own.keys()].map((command) => [command, serves(command)]));
}

function childrenNamed(child: MadeCommand | string, commands: readonly MadeCommand[]): MadeCommand[] {
  if (typeof child !== "string") return [child];
  return commands.filter(({ constant, maker }) => (child.endsWith("()") ? `${maker}()` === child : constant === child));
}

/** Chains of calls that go on setting up a command: `loginCommand.option(…)`. */
function chainsOf({ constant, scope, root }: MadeCommand, calls: readonly Call[]): Range[] {
  if (constant === null) return [];
  return calls.flatMap(({ node, method, base, root: other }): Range[] =>
    method !== "addCommand" &&
    other === root &&
    identifierName(base) === constant &&
    base.start >= scope[0] &&
    base.end <= scope[1]
      ? [[node.start, node.end]]
      : [],
  );
}
