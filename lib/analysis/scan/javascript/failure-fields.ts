import { isNothing, literalText } from "./env.ts";
import { keyName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

/** Fields that hold what went wrong. */
export const IS_ERROR = /^(errors?|problems?|issues|failure|reason|message)$/;

/** The fields by which an object tells that something failed. */
export function failureFields(object: SyntaxNode): string[] {
  if (object.type !== "ObjectExpression") return [];
  return nodesOf(object, "properties").flatMap((property) => {
    const field = keyName(property);
    const value = nodeOf(property, "value");
    if (!field || !value) return [];
    const isRefused =
      /^(ok|success|valid|isValid|configured|isConfigured|ready)$/.test(field) && literalText(value) === "false";
    return isRefused || (IS_ERROR.test(field) && !isNothing(value)) ? [field] : [];
  });
}
