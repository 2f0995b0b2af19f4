import { childrenOf, enclosing, type PyNode, type PythonTree, statementsOf } from "./syntax.ts";

function assignedAnywhere(tree: PythonTree, name: string): PyNode | null {
  return assignedIn(tree.root, name, tree, null);
}

/** Returns what the function around a place, or else the file, assigns to a name first. */
export function assignedNear(name: string, from: PyNode, tree: PythonTree): PyNode | null {
  const definition = enclosing(from, "FunctionDefinition");
  const own = definition ? assignedIn(definition.getChild("Body"), name, tree, null) : null;
  return own ?? assignedAnywhere(tree, name);
}

/** Returns the value of the first assignment to a name in a body, also inside its blocks. */
export function assignedIn(
  body: PyNode | null,
  name: string,
  tree: PythonTree,
  avoid: PyNode | null,
  depth = 0,
): PyNode | null {
  if (depth > 6) return null;
  for (const statement of statementsOf(body)) {
    if (statement.name === "AssignStatement") {
      const children = childrenOf(statement);
      const [target] = children;
      const value = children.at(-1);
      const isSelf = avoid !== null && statement.from <= avoid.from && statement.to >= avoid.to;
      if (target && value && target.name === "VariableName" && tree.text(target) === name && !isSelf) return value;
    }
    if (/^(If|For|With|Try|While)Statement$/.test(statement.name)) {
      for (const inner of statement.getChildren("Body")) {
        const found = assignedIn(inner, name, tree, avoid, depth + 1);
        if (found) return found;
      }
    }
  }
  return null;
}
