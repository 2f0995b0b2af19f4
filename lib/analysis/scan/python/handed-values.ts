import type { Condition } from "../flow.ts";
import { type Giver, MAX_HANDED, MAX_HANDED_LENGTH, MAX_HANDING_CALLS, noteFilled, noteHanded } from "../handed.ts";
import { noteHeld, type Project } from "../project.ts";
import { Scope } from "../scope.ts";
import { pythonCallee } from "./env.ts";
import { PythonFlow } from "./flow.ts";
import { TOOL_DECORATOR } from "./handlers.ts";
import { definitionsOf, type ParsedFile } from "./learn.ts";
import {
  type Argument,
  childrenOf,
  decoratorsOf,
  definitionName,
  enclosing,
  type PyNode,
  type PythonTree,
  parametersOf,
  statementsOf,
  walkPython,
} from "./syntax.ts";

/** How many functions around an argument are looked at for its name. */
const MAX_NESTED = 6;

/** A function whose callers are looked at. */
interface Target {
  parameters: readonly string[];
  /** The fields of the object that each parameter fills, by the parameter. */
  fields: ReadonlyMap<string, readonly string[]>;
  /** Parameters that it has a value of its own for: `base or "https://api.example.com"`. */
  spared: ReadonlySet<string>;
}

/**
 * Records what functions are handed by all of their callers, where that is a variable, and the fields that they fill with it:
 * `Client(token, account)` with `def __init__(self, token, account): self._account = account`. Runs when all local names are known.
 */
export function learnHandedValues(files: readonly ParsedFile[], project: Project): void {
  const targets = new Map<string, Target | null>();
  const add = (name: string | null, target: Target) => {
    // Functions of one name that differ say nothing.
    if (name !== null) targets.set(name, targets.has(name) ? null : target);
  };
  for (const { tree } of files) {
    for (const definition of definitionsOf(tree)) add(nameOfTarget(definition, tree), targetOf(definition, tree));
    walkPython(tree.root, (node) => {
      const made = node.name === "ClassDefinition" ? dataclassOf(node, tree) : null;
      if (made) add(made.name, made.target);
    });
  }
  const held = new Map<string, Condition | null>();
  let calls = 0;
  for (const { tree, names } of files) {
    const flow = new PythonFlow(tree, names, project);
    walkPython(tree.root, (node) => {
      const name = node.name === "CallExpression" ? pythonCallee(node, tree) : null;
      const target = name === null ? null : targets.get(name);
      const call = target ? tree.call(node) : null;
      if (!target || !call || calls >= MAX_HANDING_CALLS) return;
      calls += 1;
      for (const [at, parameter] of target.parameters.entries()) {
        const argument = argumentFor(call.args, at, parameter);
        // A parameter of the function around it may hold anything.
        const giver = argument && passedBy(argument, tree);
        const value = argument && !giver ? givenValue(argument, tree, flow, project) : null;
        noteHanded(project, `${name} ${parameter}`, value, giver);
        if (value?.kind === "atom" && target.spared.has(parameter)) project.spared.add(value.key);
        if (value) for (const field of target.fields.get(parameter) ?? []) noteHeld(held, field, value);
      }
    });
  }
  noteFilled(project, held);
}

/** The name under which a function is called: "build", ".set_account", "Client" for its `__init__`. */
export function nameOfTarget(definition: PyNode, tree: PythonTree): string {
  const { name, className } = definitionName(tree, definition);
  if (className === null) return name;
  return name === "__init__" ? className : `.${name}`;
}

function argumentFor(args: readonly Argument[], at: number, parameter: string): PyNode | null {
  const positional = args.filter(({ name }) => name === null);
  return args.find(({ name }) => name === parameter)?.value ?? positional[at]?.value ?? null;
}

/** Returns by whom an argument is given that is the name of a parameter of a function around it, or null. */
function passedBy(argument: PyNode, tree: PythonTree): Giver | null {
  if (argument.name !== "VariableName") return null;
  const name = tree.text(argument);
  let around = enclosing(argument, "FunctionDefinition");
  for (let depth = 0; around && depth < MAX_NESTED; depth += 1) {
    if (parametersOf(tree, around).some((parameter) => parameter.name === name))
      return TOOL_DECORATOR.test(decoratorsOf(around, tree)) ? "by a request" : "by its caller";
    around = enclosing(around, "FunctionDefinition");
  }
  return null;
}

function givenValue(argument: PyNode, tree: PythonTree, flow: PythonFlow, project: Project): Condition | null {
  if (argument.name === "VariableName") {
    const name = tree.text(argument);
    return project.locals.get(name) ?? project.constants.get(name) ?? null;
  }
  return argument.to - argument.from < MAX_HANDED_LENGTH ? flow.condition(argument, new Scope(null)) : null;
}

function targetOf(definition: PyNode, tree: PythonTree): Target {
  const parameters = parametersOf(tree, definition)
    .slice(0, MAX_HANDED)
    .map(({ name }) => name);
  const fields = new Map<string, string[]>(parameters.map((name) => [name, []]));
  const body = definition.getChild("Body");
  for (const statement of definitionName(tree, definition).className ? statementsOf(body) : []) {
    if (statement.name !== "AssignStatement") continue;
    const children = childrenOf(statement);
    const path = children[0] ? tree.dotted(children[0]) : null;
    const value = children.at(-1);
    // `self.account = account`, `self.account = account.strip()`
    const from = value ? tree.dotted(value) : null;
    if (path?.startsWith("self.") && from !== null) fields.get(from)?.push(path.slice("self.".length));
  }
  const spared = new Set<string>();
  if (body)
    walkPython(body, (node) => {
      const [left, operator, right] = node.name === "BinaryExpression" ? childrenOf(node) : [];
      if (left?.name === "VariableName" && operator?.name === "or" && right && tree.string(right))
        spared.add(tree.text(left));
    });
  return { parameters, fields, spared };
}

/** A dataclass or a named tuple is made of its fields in their order. */
function dataclassOf(node: PyNode, tree: PythonTree): { name: string; target: Target } | null {
  const own = node.getChild("VariableName");
  const isDecorated =
    node.parent?.name === "DecoratedStatement" && /@(\w+\.)?dataclass\b/.test(tree.slice(node.parent.from, node.from));
  const isTuple = /^class \w{1,80}\((typing\.)?NamedTuple\)/.test(tree.slice(node.from, node.from + 120));
  if (!own || (!isDecorated && !isTuple)) return null;
  const parameters = statementsOf(node.getChild("Body")).flatMap((statement) => {
    const [target, type] = statement.name === "AssignStatement" ? childrenOf(statement) : [];
    return target?.name === "VariableName" && type?.name === "TypeDef" ? [tree.text(target)] : [];
  });
  const fields = new Map(parameters.map((name) => [name, [name]]));
  return {
    name: tree.text(own),
    target: { parameters: parameters.slice(0, MAX_HANDED), fields, spared: new Set() },
  };
}
