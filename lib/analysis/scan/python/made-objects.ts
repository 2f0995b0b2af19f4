import type { Condition } from "../flow.ts";
import { childrenOf, enclosing, type PyNode, type PythonTree, parametersOf, walkPython } from "./syntax.ts";

/** Assignments to one name that are looked at. */
const MAX_MAKERS = 40;

/** The assignments of files, by the name that they set. */
const assignments = new WeakMap<PythonTree, ReadonlyMap<string, PyNode[]>>();

/**
 * Returns whether a name is nothing unless the conditional at hand makes an object for it: `client = None`, and then `if key: client =
 * Client(key)`. Another function that sets the same name may find what it needs elsewhere, unless it takes nothing and reads the same
 * variables.
 *
 * @param under the condition under which the object is made
 */
export function isMadeHere(name: string, under: Condition, conditional: PyNode, tree: PythonTree): boolean {
  const makers = assignmentsOf(tree).get(name) ?? [];
  if (makers.length > MAX_MAKERS) return false;
  const own = enclosing(conditional, "FunctionDefinition");
  const keys = keysIn(under);
  const isGlobalIn = (definition: PyNode) =>
    new RegExp(`\\bglobal\\b[ \\w,]{0,200}\\b${name}\\b`).test(tree.text(definition));
  return makers.every((node) => {
    const isWithin = node.from >= conditional.from && node.to <= conditional.to;
    if (isWithin || childrenOf(node).at(-1)?.name === "None") return true;
    const around = enclosing(node, "FunctionDefinition");
    if (around?.from === own?.from) return false;
    if (!around || (own && !isGlobalIn(own)) || !isGlobalIn(around)) return true;
    return parametersOf(tree, around).length === 0 && keys.every((key) => tree.text(around).includes(key));
  });
}

function assignmentsOf(tree: PythonTree): ReadonlyMap<string, PyNode[]> {
  const known = assignments.get(tree);
  if (known) return known;
  const found = new Map<string, PyNode[]>();
  walkPython(tree.root, (node) => {
    const [target] = node.name === "AssignStatement" ? childrenOf(node) : [];
    if (target?.name !== "VariableName") return;
    const name = tree.text(target);
    const nodes = found.get(name);
    if (!nodes) found.set(name, [node]);
    else if (nodes.length <= MAX_MAKERS) nodes.push(node);
  });
  assignments.set(tree, found);
  return found;
}

function keysIn(condition: Condition): string[] {
  switch (condition.kind) {
    case "atom":
      return [condition.key];
    case "not":
      return keysIn(condition.of);
    case "and":
    case "or":
      return condition.of.flatMap(keysIn);
    default:
      return [];
  }
}
