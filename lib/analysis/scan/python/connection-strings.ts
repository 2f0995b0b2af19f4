import { type EnvNames, envRead } from "./env.ts";
import { childrenOf, type PyNode, type PythonTree, walkPython } from "./syntax.ts";

/** The password's place in a connection string: f"SERVER={server};UID={user};PWD={password}". */
const HAS_PASSWORD = /(?:^|[;"'])\s{0,20}(?:PWD|Password)\s{0,3}=\s{0,3}\{/i;
/** Characters of one text that are looked at. */
const MAX_TEXT = 1_000;
const MAX_ENTRIES = 200;

/**
 * Returns whether a text with gaps is a database's connection string, or a part of one over several lines, with a password in it. The
 * driver takes all that stands in it as it is, so that an empty gap names no database.
 */
export function isConnectionString(text: PyNode, tree: PythonTree): boolean {
  const whole = text.parent?.name === "ContinuedString" ? text.parent : text;
  const written = tree.slice(whole.from, Math.min(whole.to, whole.from + MAX_TEXT));
  return written.includes(";") && HAS_PASSWORD.test(written);
}

/**
 * The variables that a file's dictionaries hold, with no other value or an empty text in their place, by their names there. Null for a name
 * that holds other things too.
 */
export function entriesOf(tree: PythonTree, names: EnvNames): ReadonlyMap<string, string | null> {
  const entries = new Map<string, string | null>();
  walkPython(tree.root, (node) => {
    if (node.name !== "DictionaryExpression" || entries.size >= MAX_ENTRIES) return;
    const children = childrenOf(node);
    for (const [at, key] of children.entries()) {
      const name = children[at + 1]?.name === ":" ? tree.string(key) : null;
      const value = children[at + 2];
      if (name === null || !value) continue;
      const read = envRead(value, tree, names);
      const variable = read ? tree.string(read.key) : null;
      const isBare = !read?.fallback || (tree.string(read.fallback) === "" && !isPassword(variable));
      entries.set(name, entries.has(name) && entries.get(name) !== variable ? null : isBare ? variable : null);
    }
  });
  return entries;
}

/** Returns whether a variable holds a password. An empty one is a value as well. */
export function isPassword(key: string | null): boolean {
  return /(?:PASS|PASSWORD|PWD)$/.test(key ?? "");
}

/** The name of an entry that is looked up: "driver" of `self.config["driver"]`. */
export function entryName(node: PyNode, tree: PythonTree): string | null {
  const [, bracket, key] = node.name === "MemberExpression" ? childrenOf(node) : [];
  return bracket?.name === "[" && key ? tree.string(key) : null;
}
