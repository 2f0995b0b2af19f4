import type { Condition } from "../flow.ts";
import { type Giver, MAX_HANDED, MAX_HANDED_LENGTH, MAX_HANDING_CALLS, noteFilled, noteHanded } from "../handed.ts";
import { noteHeld, type Project } from "../project.ts";
import { Scope } from "../scope.ts";
import { calleeName, isCall, isFunction, isMember, unwrap } from "./env.ts";
import { JavaScriptFlow } from "./flow.ts";
import { HANDLER_CALL } from "./handler-calls.ts";
import { type FoundFunction, functionsOf, type ParsedFile } from "./learn.ts";
import { childrenOf, identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

const MAX_FIELDS = 60;

/** A function whose callers are looked at. */
interface Target {
  parameters: readonly (string | null)[];
  /** The fields of the object that each parameter fills. */
  fields: readonly string[][];
  /** What a constructor hands on: `super(key, account)`. */
  passed: readonly (string | null)[];
  /** The class that a constructor's class extends. */
  base: string | null;
}

/**
 * Records what functions are handed by all of their callers, where that is a variable, and the fields that they fill with it:
 * `new Client(token, accountId)` with `constructor(private token: string, accountId: string) { this.accountId = accountId; }`. Runs when all
 * local names are known.
 */
export function learnHandedValues(files: readonly ParsedFile[], project: Project): void {
  const targets = new Map<string, Target | null>();
  for (const { root } of files)
    for (const found of functionsOf(root)) {
      const name = nameOfTarget(found);
      // Functions of one name that differ say nothing.
      if (name !== null) targets.set(name, targets.has(name) ? null : targetOf(found));
    }
  const held = new Map<string, Condition | null>();
  let calls = 0;
  for (const { root, environment, argumentNames } of files) {
    const flow = new JavaScriptFlow(project, environment, argumentNames);
    const shadowed = parametersAround(root);
    walk(root, (node) => {
      if ((!isCall(node) && node.type !== "NewExpression") || calls >= MAX_HANDING_CALLS) return;
      const name = calleeName(node);
      const target = name === null ? null : targets.get(name);
      if (!name || !target) return;
      calls += 1;
      const given = nodesOf(node, "arguments").slice(0, MAX_HANDED);
      for (const [at, parameter] of target.parameters.entries()) {
        const argument = given[at];
        const own = argument ? identifierName(unwrap(argument)) : null;
        // A parameter of the function around it may hold anything.
        const giver = own === null ? null : (shadowed.get(node)?.get(own) ?? null);
        const value = argument && !giver ? givenValue(argument, flow, project) : null;
        if (parameter !== null) noteHanded(project, `${name} ${at}`, value, giver);
        if (value) for (const field of fieldsFilled(target, at, targets)) noteHeld(held, field, value);
      }
    });
  }
  noteFilled(project, held);
}

/** The parameters of the functions around a call, and who gives them. */
type Around = ReadonlyMap<string, Giver>;

/** The parameters around each call of a file. */
function parametersAround(root: SyntaxNode): Map<SyntaxNode, Around> {
  const around = new Map<SyntaxNode, Around>();
  const visit = (node: SyntaxNode, parent: SyntaxNode | null, outer: Around, depth: number): void => {
    if (depth > MAX_DEPTH) return;
    let names = outer;
    if (isFunction(node)) {
      const isHandler = parent !== null && isCall(parent) && HANDLER_CALL.test(calleeName(parent) ?? "");
      const giver: Giver = isHandler ? "by a request" : "by its caller";
      const own = nodesOf(node, "params").slice(0, MAX_HANDED).flatMap(parameterNames);
      if (own.length > 0) names = new Map([...outer, ...own.map((name) => [name, giver] as const)]);
    }
    if (names.size > 0 && (isCall(node) || node.type === "NewExpression")) around.set(node, names);
    for (const child of childrenOf(node)) visit(child, node, names, depth + 1);
  };
  visit(root, null, new Map(), 0);
  return around;
}

/** The names that a parameter binds: `account`, `account = "x"`, `{ account, name: own = "x" }`. */
export function parameterNames(parameter: SyntaxNode): string[] {
  const own = parameter.type === "TSParameterProperty" ? nodeOf(parameter, "parameter") : parameter;
  const inner = own?.type === "AssignmentPattern" ? nodeOf(own, "left") : own;
  const fields = inner?.type === "ObjectPattern" ? nodesOf(inner, "properties").slice(0, MAX_FIELDS) : [];
  const values = fields.map((property) => nodeOf(property, "value"));
  const bound = values.map((value) => (value?.type === "AssignmentPattern" ? nodeOf(value, "left") : value));
  return [inner ?? null, ...bound].flatMap((one) => identifierName(one) ?? []);
}

const MAX_DEPTH = 400;

/** The name under which a function is called: "register", ".setAccount", "Client.constructor". */
export function nameOfTarget({ name, className }: Pick<FoundFunction, "name" | "className">): string | null {
  if (name === null || className === null) return name;
  return name === "constructor" ? `${className}.constructor` : `.${name}`;
}

function fieldsFilled(target: Target, at: number, targets: ReadonlyMap<string, Target | null>): string[] {
  const own = target.fields[at] ?? [];
  const base = target.base === null ? null : targets.get(`${target.base}.constructor`);
  const parameter = target.parameters[at];
  const passed = parameter == null ? -1 : target.passed.indexOf(parameter);
  return [...own, ...(base && passed >= 0 ? (base.fields[passed] ?? []) : [])];
}

function givenValue(argument: SyntaxNode, flow: JavaScriptFlow, project: Project): Condition | null {
  const name = identifierName(unwrap(argument));
  if (name !== null) return project.locals.get(name) ?? project.constants.get(name) ?? null;
  return argument.end - argument.start < MAX_HANDED_LENGTH ? flow.condition(argument, new Scope(null)) : null;
}

function targetOf({ node, ancestors }: FoundFunction): Target {
  const owner = ancestors.findLast((one) => /^Class(Declaration|Expression)$/.test(one.type));
  const parameters = nodesOf(node, "params")
    .slice(0, MAX_HANDED)
    .map((parameter) => {
      const isField = parameter.type === "TSParameterProperty";
      return { name: identifierName(isField ? nodeOf(parameter, "parameter") : parameter), isField };
    });
  const fields = parameters.map(({ name, isField }) => (isField && name !== null ? [name] : []));
  let passed: (string | null)[] = [];
  const isMethod = /Method$/.test(node.type);
  const body = isMethod ? nodeOf(node, "body") : null;
  if (body)
    walk(body, (inner) => {
      if (isCall(inner) && nodeOf(inner, "callee")?.type === "Super")
        passed = nodesOf(inner, "arguments").map((argument) => identifierName(unwrap(argument)));
      const filled = fieldFilled(inner);
      const at = filled ? parameters.findIndex(({ name }) => name === filled.from) : -1;
      if (filled && at >= 0) fields[at]?.push(filled.field);
    });
  return {
    parameters: parameters.map(({ name }) => name),
    fields,
    passed,
    base: owner && node.kind === "constructor" ? identifierName(nodeOf(owner, "superClass")) : null,
  };
}

/** `this.account = account` */
function fieldFilled(node: SyntaxNode): { field: string; from: string } | null {
  const target = node.type === "AssignmentExpression" ? nodeOf(node, "left") : null;
  const value = nodeOf(node, "right");
  const object = target && isMember(target) ? nodeOf(target, "object") : null;
  const field = object?.type === "ThisExpression" && target ? keyName(target) : null;
  const from = value ? identifierName(unwrap(value)) : null;
  return field !== null && from !== null ? { field, from } : null;
}
