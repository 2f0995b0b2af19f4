import type { TextFile } from "../../fetch/files.ts";
import type { InputFinding } from "../../inputs/findings.ts";
import { isPlaceholder } from "../../inputs/placeholders.ts";
import { literalText } from "./env.ts";
import { textsOf } from "./schemas.ts";
import { keyName, lineOf, nodeOf, nodesOf, type SyntaxNode, stringValue, valueAt } from "./syntax.ts";

/** Reads `buildCommand({parameters: {flags: {name: {kind, brief, optional, default, values}}}})` of stricli. */
export function fromStricli(node: SyntaxNode, file: TextFile): InputFinding[] {
  const [command] = nodesOf(node, "arguments");
  const parameters = command?.type === "ObjectExpression" ? valueAt(command, "parameters") : null;
  const flags = parameters?.type === "ObjectExpression" ? valueAt(parameters, "flags") : null;
  if (flags?.type !== "ObjectExpression") return [];
  return nodesOf(flags, "properties").flatMap((property) => {
    const name = keyName(property);
    const told = nodeOf(property, "value");
    const kind = told?.type === "ObjectExpression" ? stringValue(valueAt(told, "kind")) : null;
    if (!name || !told || !kind || !/^[a-z][\w-]*$/i.test(name)) return [];
    const isSwitch = /^(boolean|counter)$/.test(kind);
    const fallback = literalText(valueAt(told, "default"));
    const isRequired = !isSwitch && fallback === null && literalText(valueAt(told, "optional")) !== "true";
    const choices = valueAt(told, "values");
    return {
      key: `--${name}`,
      target: "arg",
      evidence: "read",
      provenance: { from: "source", where: `${file.path}:${lineOf(property)}` },
      required: isRequired,
      whenMissing: isRequired ? "fails" : fallback !== null ? "default" : "unknown",
      description: stringValue(valueAt(told, "brief")),
      type: isSwitch ? "boolean" : null,
      default: fallback !== null && !isPlaceholder(fallback, name) ? fallback : null,
      choices: choices?.type === "ArrayExpression" ? textsOf(choices) : null,
      template: isSwitch ? `--${name}` : null,
    };
  });
}
