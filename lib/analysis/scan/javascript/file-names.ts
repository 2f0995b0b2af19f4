import { isFunction } from "./env.ts";
import { identifierName, nodeOf, nodesOf, type SyntaxNode, stringValue, walk } from "./syntax.ts";

/** Names that one pattern declares. */
const MAX_DECLARED = 200;

/**
 * Returns where a file declares names: variables with a value, parameters, functions, classes and imports.
 *
 * @param wanted the names to look for
 */
export function declaredNames(root: SyntaxNode, wanted: ReadonlySet<string>): Map<string, SyntaxNode[]> {
  const found = new Map<string, SyntaxNode[]>();
  const note = (target: SyntaxNode | null) => {
    for (const node of target ? namesIn(target) : []) {
      const name = identifierName(node);
      if (name && wanted.has(name)) found.set(name, [...(found.get(name) ?? []), node]);
    }
  };
  walk(root, (node) => {
    if (isFunction(node)) for (const parameter of nodesOf(node, "params")) note(parameter);
    if (/^(Function|Class)Declaration$|^CatchClause$|^Import(Default|Namespace)?Specifier$/.test(node.type))
      note(nodeOf(node, "id") ?? nodeOf(node, "param") ?? nodeOf(node, "local"));
    if (node.type !== "VariableDeclaration") return;
    // What gets its value later is declared where it gets it.
    for (const one of nodesOf(node, "declarations"))
      if (node.kind === "const" || nodeOf(one, "init")) note(nodeOf(one, "id"));
  });
  return found;
}

function namesIn(target: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const visit = (node: SyntaxNode | null) => {
    if (!node || found.length >= MAX_DECLARED) return;
    if (node.type === "Identifier") found.push(node);
    else if (node.type === "AssignmentPattern") visit(nodeOf(node, "left"));
    else if (node.type === "RestElement") visit(nodeOf(node, "argument"));
    else if (node.type === "TSParameterProperty") visit(nodeOf(node, "parameter"));
    else if (node.type === "ArrayPattern") for (const one of nodesOf(node, "elements")) visit(one);
    else if (node.type === "ObjectPattern")
      for (const one of nodesOf(node, "properties")) visit(one.type === "RestElement" ? one : nodeOf(one, "value"));
  };
  visit(target);
  return found;
}

/**
 * Returns under which names a file exports some of its own: "config env" for `export const env` in config.ts or config/index.ts.
 *
 * @param names the file's own names
 */
export function exportedNames(root: SyntaxNode, path: string, names: ReadonlySet<string>): string[] {
  const file = stemOf(path);
  return nodesOf(root, "body").flatMap((statement) => {
    const declaration = nodeOf(statement, "declaration");
    if (statement.type === "ExportDefaultDeclaration")
      return names.has(identifierName(declaration) ?? "") ? [`${file} default`] : [];
    if (statement.type !== "ExportNamedDeclaration") return [];
    const declared = (declaration ? nodesOf(declaration, "declarations") : []).flatMap(
      (one) => identifierName(nodeOf(one, "id")) ?? [],
    );
    const listed = nodesOf(statement, "specifiers").flatMap((one) =>
      names.has(identifierName(nodeOf(one, "local")) ?? "") ? (identifierName(nodeOf(one, "exported")) ?? []) : [],
    );
    return [...declared.filter((name) => names.has(name)), ...listed].map((name) => `${file} ${name}`);
  });
}

/** Returns the names that a file gives to what others export, by {@link exportedNames}, with the nodes that declare them. */
export function importedNames(root: SyntaxNode, exported: ReadonlySet<string>): [string, SyntaxNode][] {
  if (exported.size === 0) return [];
  return nodesOf(root, "body").flatMap((statement) => {
    const source = statement.type === "ImportDeclaration" ? stringValue(nodeOf(statement, "source")) : null;
    // A package has a name, and a file of the server a path or an alias of one.
    if (source === null || !/^[.#~]|^@\//.test(source)) return [];
    return nodesOf(statement, "specifiers").flatMap((one): [string, SyntaxNode][] => {
      const local = nodeOf(one, "local");
      const own = one.type === "ImportDefaultSpecifier" ? "default" : identifierName(nodeOf(one, "imported"));
      const name = identifierName(local);
      return local && name && exported.has(`${stemOf(source)} ${own}`) ? [[name, local]] : [];
    });
  });
}

/** The last part of a path to a file, or to the folder of an index. */
function stemOf(path: string): string {
  const parts = path
    .slice(-MAX_PATH_LENGTH)
    .replace(/\.[cm]?[jt]sx?$/, "")
    .split("/");
  return parts.at(parts.at(-1) === "index" ? -2 : -1) ?? path;
}

const MAX_PATH_LENGTH = 200;
