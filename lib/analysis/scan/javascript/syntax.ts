/** A node of Babel's syntax tree, with the fields that Catwalk uses. */
export interface SyntaxNode {
  type: string;
  start: number;
  end: number;
  loc?: { start: { line: number } } | null;
  [field: string]: unknown;
}

const MAX_DEPTH = 400;

export function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value
  );
}

/** Returns the nodes in a field that holds one node or a list. */
export function nodesOf(node: SyntaxNode, field: string): SyntaxNode[] {
  const value = node[field];
  if (Array.isArray(value)) return value.filter(isNode);
  return isNode(value) ? [value] : [];
}

/** Returns the node in a field, or null. */
export function nodeOf(node: SyntaxNode, field: string): SyntaxNode | null {
  const value = node[field];
  return isNode(value) ? value : null;
}

const SKIPPED_FIELDS = new Set([
  "loc",
  "type",
  "extra",
  "leadingComments",
  "trailingComments",
  "innerComments",
  "errors",
  "comments",
  "tokens",
]);

/** Returns the child nodes, in the order of their fields. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (const field of Object.keys(node)) {
    const value = node[field];
    if (typeof value !== "object" || value === null || SKIPPED_FIELDS.has(field)) continue;
    if (Array.isArray(value)) for (const one of value) isNode(one) && children.push(one);
    else if (isNode(value)) children.push(value);
  }
  return children;
}

/** The nodes of programs as they stand after all rewriting, in order. */
const SETTLED = new WeakMap<SyntaxNode, readonly SyntaxNode[]>();

/** Visits a node and its descendants. Stops at a depth that no hand-written program reaches. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  const nodes = SETTLED.get(node);
  if (nodes) for (const one of nodes) visit(one);
  else descend(node, visit, 0);
}

/**
 * Lists the nodes of a program, for all that go through it from here on: they are some forty, and a tree costs far more to go through than a list.
 * What rewrites the tree later has to call this again.
 */
export function settle(program: SyntaxNode): void {
  const nodes: SyntaxNode[] = [];
  descend(program, (node) => nodes.push(node), 0);
  SETTLED.set(program, nodes);
}

function descend(node: SyntaxNode, visit: (node: SyntaxNode) => void, depth: number): void {
  visit(node);
  if (depth >= MAX_DEPTH) return;
  for (const child of childrenOf(node)) descend(child, visit, depth + 1);
}

/** Returns the text of a template's part. */
export function cooked({ value }: SyntaxNode): string {
  return typeof value === "object" && value !== null && "cooked" in value ? String(value.cooked) : "";
}

/** Returns the value of a string, or of a template without expressions. */
export function stringValue(node: SyntaxNode | null | undefined): string | null {
  if (!node) return null;
  if (node.type === "StringLiteral" && typeof node.value === "string") return node.value;
  if (node.type === "TemplateLiteral" && nodesOf(node, "expressions").length === 0) {
    const quasi = nodesOf(node, "quasis")[0]?.value;
    return typeof quasi === "object" && quasi !== null && "cooked" in quasi && typeof quasi.cooked === "string"
      ? quasi.cooked
      : null;
  }
  return null;
}

/** Returns the name in `x.name`, `x["name"]` and `{name: …}`; null when it is computed. */
export function keyName(node: SyntaxNode): string | null {
  const key = nodeOf(node, node.type.includes("Member") ? "property" : "key");
  if (!key) return null;
  if (key.type === "Identifier" && node.computed !== true && typeof key.name === "string") return key.name;
  if (key.type === "PrivateName") return identifierName(nodeOf(key, "id"));
  return stringValue(key);
}

/** The value of an object's property, or null. */
export function valueAt(object: SyntaxNode, name: string): SyntaxNode | null {
  for (const property of nodesOf(object, "properties"))
    if (keyName(property) === name) return nodeOf(property, "value");
  return null;
}

export function identifierName(node: SyntaxNode | null): string | null {
  return node?.type === "Identifier" && typeof node.name === "string" ? node.name : null;
}

/** Returns the 1-based line of a node. */
export function lineOf(node: SyntaxNode): number {
  return node.loc?.start.line ?? 1;
}
