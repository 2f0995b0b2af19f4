import type { EnvHelper } from "../project.ts";
import { isNothing } from "./env.ts";
import { keyName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

/** The value that a call of a helper gives in an object of options in case the variable is missing, or null. */
export function fallbackField({ fallbackFields }: EnvHelper, args: readonly SyntaxNode[]): SyntaxNode | null {
  const options = fallbackFields ? args[fallbackFields.at] : undefined;
  const given = options?.type === "ObjectExpression" ? nodesOf(options, "properties") : [];
  const property = given.find((one) => fallbackFields?.names.includes(keyName(one) ?? ""));
  const value = property ? nodeOf(property, "value") : null;
  return value && !isNothing(value) ? value : null;
}
