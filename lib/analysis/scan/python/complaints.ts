import { tellsOfWayWithout } from "../complaints.ts";
import { childrenOf, type PyNode, type PythonTree } from "./syntax.ts";

/** Characters of one message that are looked at. */
const MAX_MESSAGE = 1_000;
/** What tells of an absent value, and goes on. */
const COMPLAINS = /^(print|sys\.stderr\.write|(?:\w+\.)?log(?:ger|ging)?\.(?:warning|warn|error|critical))$/;

/**
 * Returns whether an `if` only complains of an absent value, so that the code goes on without one in the same way: `if not KEY: print("Set
 * KEY")`. What it says must not tell of a way without it.
 */
export function onlyComplains(node: PyNode, tree: PythonTree): boolean {
  const [, test, body, ...others] = node.name === "IfStatement" ? childrenOf(node) : [];
  if (!test || !body || others.length > 0 || !/^not\b|\bis None$/.test(tree.slice(test.from, test.to))) return false;
  const lines = childrenOf(body).filter(({ name }) => !/^(:|PassStatement)$/.test(name));
  return (
    lines.length > 0 &&
    lines.every((line) => {
      const [call] = line.name === "ExpressionStatement" ? childrenOf(line) : [];
      const callee = call ? tree.dotted(tree.call(call)?.callee ?? null) : null;
      return callee !== null && COMPLAINS.test(callee) && !tellsOfWayWithout(tree.text(line).slice(0, MAX_MESSAGE));
    })
  );
}
