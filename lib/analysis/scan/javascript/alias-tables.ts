import { isCall } from "./env.ts";
import { keyName, nodeOf, nodesOf, type SyntaxNode, stringValue, valueAt } from "./syntax.ts";

const MAX_ALIASES = 200;

/**
 * Returns the names of options by their aliases, both with dashes, as parsers are told that need no declarations:
 * `minimist(process.argv.slice(2), { alias: { k: "api-key", url: ["u"] } })`, `arg({ "-k": "--api-key" })`.
 */
export function aliasesOfParser(value: SyntaxNode): Map<string, string> {
  const names = new Map<string, string>();
  const options = isCall(value) ? nodesOf(value, "arguments") : [];
  for (const one of options) {
    if (one.type !== "ObjectExpression") continue;
    const table = valueAt(one, "alias");
    for (const property of nodesOf(table?.type === "ObjectExpression" ? table : one, "properties")) {
      const key = keyName(property);
      const same = key === null ? [] : [key, ...textsOf(nodeOf(property, "value"))].map(withDashes);
      const isOfOther = key?.startsWith("-") || key?.length === 1;
      const name = isOfOther ? [...same].slice(1).sort((a, b) => b.length - a.length)[0] : same[0];
      for (const alias of same) if (name && alias !== name && names.size < MAX_ALIASES) names.set(alias, name);
    }
  }
  return names;
}

function textsOf(value: SyntaxNode | null): string[] {
  if (!value) return [];
  const listed = value.type === "ArrayExpression" ? nodesOf(value, "elements") : [value];
  return listed.flatMap((one) => stringValue(one) ?? []);
}

function withDashes(name: string): string {
  if (name.startsWith("-")) return name;
  return name.length === 1 ? `-${name}` : `--${name}`;
}
