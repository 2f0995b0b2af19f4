import { isMember } from "./env.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

/**
 * Decides, in place, what a module does where it is started itself, `if (import.meta.url === pathToFileURL(process.argv[1]).href)` or
 * `if (require.main === module)`: always for a program, never for what a program imports.
 */
export function settleOwnStart(root: SyntaxNode, isProgram: boolean): void {
  if (!Array.isArray(root.body)) return;
  root.body = nodesOf(root, "body").flatMap((statement) => {
    const test = statement.type === "IfStatement" ? nodeOf(statement, "test") : null;
    if (!test || !isOwnStart(test)) return [statement];
    const arm = nodeOf(statement, isProgram ? "consequent" : "alternate");
    return arm ? [arm] : [];
  });
}

function isOwnStart(test: SyntaxNode): boolean {
  if (test.type === "LogicalExpression" && test.operator === "&&")
    return ["left", "right"].some((side) => isOwnStartOf(nodeOf(test, side)));
  return isOwnStartOf(test);
}

function isOwnStartOf(test: SyntaxNode | null): boolean {
  if (!test) return false;
  // `import.meta.main`
  if (isMember(test)) return keyName(test) === "main" && nodeOf(test, "object")?.type === "MetaProperty";
  if (test.type !== "BinaryExpression" || !/^={2,3}$/.test(String(test.operator))) return false;
  const sides = ["left", "right"].flatMap((side) => nodeOf(test, side) ?? []);
  const isRequired = (side: SyntaxNode) =>
    isMember(side) && keyName(side) === "main" && identifierName(nodeOf(side, "object")) === "require";
  return sides.some(isRequired) || (sides.some(namesModule) && sides.some(namesProgram));
}

/** `import.meta.url`, `fileURLToPath(import.meta.url)`, `__filename` */
function namesModule(side: SyntaxNode): boolean {
  return contains(side, (node) => node.type === "MetaProperty" || node.name === "__filename");
}

/** `process.argv[1]`, on its own or as an address. */
function namesProgram(side: SyntaxNode): boolean {
  return contains(side, (node) => isMember(node) && keyName(node) === "argv");
}

function contains(node: SyntaxNode, matches: (inner: SyntaxNode) => boolean): boolean {
  let isSo = false;
  walk(node, (inner) => {
    if (matches(inner)) isSo = true;
  });
  return isSo;
}
