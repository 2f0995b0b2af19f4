import type { Flow } from "../types.ts";
import { definitionsOf } from "./learn.ts";
import { childrenOf, definitionName, type PythonTree, walkPython } from "./syntax.ts";

const MAX_CLASSES = 300;
const MAX_BASES = 8;

/**
 * What an object's class takes from the classes that it inherits from: without a constructor of its own, or where that calls
 * `super().__init__()`, theirs run when it is made.
 */
export function inheritedFlows(tree: PythonTree, path: string): Flow[] {
  const own = new Map<string, string>();
  for (const definition of definitionsOf(tree)) {
    const { name, className } = definitionName(tree, definition);
    if (className && name === "__init__") own.set(className, tree.slice(definition.from, definition.to));
  }
  const flows: Flow[] = [];
  walkPython(tree.root, (node) => {
    if (node.name !== "ClassDefinition" || flows.length >= MAX_CLASSES) return;
    const called = node.getChild("VariableName");
    const bases = node.getChild("ArgList");
    const name = called ? tree.text(called) : "";
    const made = own.get(name);
    const isInherited = made === undefined || made.includes(").__init__(");
    if (name === "" || !bases || !isInherited) return;
    const names = childrenOf(bases).flatMap((one) => (one.name === "VariableName" ? [tree.text(one)] : []));
    const calls = names.slice(0, MAX_BASES).map((base) => ({ name: base, isCaught: false, isBranch: false }));
    if (calls.length > 0)
      flows.push({ path, name: `${name}.__init__`, isHandler: false, isHosting: false, needs: [[]], calls });
  });
  return flows;
}
