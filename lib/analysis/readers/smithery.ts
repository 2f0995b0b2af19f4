import { parseExpression } from "@babel/parser";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { lineFinder, type TextFile } from "../fetch/files.ts";
import { type Findings, type InputFinding, noFindings, warning } from "../inputs/findings.ts";
import { isPlaceholder } from "../inputs/placeholders.ts";
import { isNode, keyName, nodesOf, type SyntaxNode, stringValue, walk } from "../scan/javascript/syntax.ts";
import type { Input, Provenance } from "../spec.ts";

const MAX_MAPPINGS = 100;

const propertySchema = z.looseObject({
  type: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .catch(undefined),
  title: z.string().max(1_000).optional().catch(undefined),
  description: z.string().max(5_000).optional().catch(undefined),
  default: z.union([z.string(), z.number(), z.boolean()]).optional().catch(undefined),
  format: z.string().max(100).optional().catch(undefined),
  required: z.boolean().optional().catch(undefined),
  writeOnly: z.boolean().optional().catch(undefined),
  enum: z
    .array(z.union([z.string(), z.number()]))
    .max(200)
    .optional()
    .catch(undefined),
});

const smitherySchema = z.looseObject({
  startCommand: z.looseObject({
    type: z.string().optional().catch(undefined),
    configSchema: z
      .looseObject({
        required: z.array(z.string()).optional().catch(undefined),
        properties: z.record(z.string(), propertySchema).optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
    commandFunction: z.string().max(50_000).optional().catch(undefined),
  }),
});

/**
 * Reads smithery.yaml: the JSON Schema of its configuration, mapped to variables and flags through its
 * `commandFunction`. That function is foreign JavaScript: it is parsed and never run.
 */
export function readSmithery(file: TextFile): Findings {
  const findings = noFindings();
  let parsed: z.infer<typeof smitherySchema>;
  try {
    parsed = smitherySchema.parse(parseYaml(file.text, { maxAliasCount: 20, uniqueKeys: false }));
  } catch {
    const isYaml = /startCommand|runtime:/.test(file.text);
    return {
      ...findings,
      warnings:
        isYaml && /startCommand/.test(file.text)
          ? [warning("smithery_unreadable", `${file.path} cannot be read and was left out.`)]
          : [],
    };
  }
  const { configSchema, commandFunction } = parsed.startCommand;
  const properties = configSchema?.properties ?? {};
  const required = new Set(configSchema?.required ?? []);
  if (!commandFunction) return findings;
  const inputs: InputFinding[] = [];
  const lineAt = lineFinder(file.text);
  const places = new Map<string, number>();
  for (const match of file.text.matchAll(/^[ \t]*["']?([\w$-]+)["']?[ \t]*:/gm)) {
    if (match[1] && !places.has(match[1])) places.set(match[1], match.index);
  }
  for (const { key, target, property, template } of mappings(commandFunction)) {
    const told = properties[property];
    if (!told) continue;
    const where = `${file.path}:${lineAt(places.get(property) ?? 0)}`;
    const provenance: Provenance = { from: "smithery.yaml", where };
    inputs.push(findingOf(key, target, told, required.has(property) || told.required === true, template, provenance));
  }
  const provenance: Provenance = {
    from: "smithery.yaml",
    where: `${file.path}:${lineAt(Math.max(0, file.text.indexOf("startCommand")))}`,
  };
  findings.launches.push({
    registry: "source",
    package: null,
    version: null,
    args: [],
    inputs,
    isConfiguration: true,
    isNetwork: false,
    provenance,
  });
  return findings;
}

interface Mapping {
  key: string;
  target: "env" | "arg";
  property: string;
  template: string | null;
}

/**
 * Returns where each property of `config` goes: `{env: {NAME: config.property}}` and `args: ["--flag",
 * config.property]`.
 */
function mappings(code: string): Mapping[] {
  let root: SyntaxNode;
  try {
    const parsed: unknown = parseExpression(code.trim().replace(/;\s*$/, ""), { errorRecovery: true });
    if (!isNode(parsed)) return [];
    root = parsed;
  } catch {
    return [];
  }
  const parameter = nodesOf(root, "params")[0];
  const configName = parameter?.type === "Identifier" && typeof parameter.name === "string" ? parameter.name : "config";
  const destructured = new Set(
    parameter?.type === "ObjectPattern" ? nodesOf(parameter, "properties").map((one) => keyName(one) ?? "") : [],
  );
  const found: Mapping[] = [];
  const propertyIn = (node: SyntaxNode): string | null => {
    let property: string | null = null;
    walk(node, (inner) => {
      if (property !== null) return;
      const object = inner.object;
      if (
        (inner.type === "MemberExpression" || inner.type === "OptionalMemberExpression") &&
        isNode(object) &&
        object.name === configName
      ) {
        property = keyName(inner);
      } else if (inner.type === "Identifier" && typeof inner.name === "string" && destructured.has(inner.name))
        property = inner.name;
    });
    return property;
  };
  walk(root, (node) => {
    const value = node.value;
    if (node.type === "ObjectProperty" && isNode(value)) {
      const key = keyName(node);
      const property = propertyIn(value);
      if (
        key &&
        property &&
        /^[A-Z][A-Z0-9_]+$/.test(key) &&
        !/Function|ObjectExpression|ArrayExpression/.test(value.type)
      ) {
        found.push({ key, target: "env", property, template: null });
      }
    }
    if (node.type === "AssignmentExpression" && isNode(node.left) && isNode(node.right)) {
      const key = node.left.type === "MemberExpression" ? keyName(node.left) : null;
      const property = propertyIn(node.right);
      if (key && property && /^[A-Z][A-Z0-9_]+$/.test(key))
        found.push({ key, target: "env", property, template: null });
    }
    const items =
      node.type === "ArrayExpression" ? nodesOf(node, "elements") : isPush(node) ? nodesOf(node, "arguments") : [];
    found.push(...fromItems(items, propertyIn));
  });
  const unique = new Map<string, Mapping>();
  for (const one of found) if (!unique.has(one.key)) unique.set(one.key, one);
  return [...unique.values()].slice(0, MAX_MAPPINGS);
}

function isPush(node: SyntaxNode): boolean {
  return (
    node.type === "CallExpression" &&
    isNode(node.callee) &&
    node.callee.type === "MemberExpression" &&
    keyName(node.callee) === "push"
  );
}

function fromItems(items: SyntaxNode[], propertyIn: (node: SyntaxNode) => string | null): Mapping[] {
  const found: Mapping[] = [];
  items.forEach((item, index) => {
    const before = index > 0 ? stringValue(items[index - 1]) : null;
    if (item.type === "TemplateLiteral") {
      const start = nodesOf(item, "quasis")[0]?.value;
      const flag = /^(--?[A-Za-z][\w.-]*)=$/.exec(
        typeof start === "object" && start !== null && "cooked" in start ? String(start.cooked) : "",
      )?.[1];
      const property = propertyIn(item);
      if (flag && property) found.push({ key: flag, target: "arg", property, template: `${flag}={value}` });
    } else if (
      /MemberExpression|Identifier|LogicalExpression|CallExpression/.test(item.type) &&
      before !== null &&
      /^--?[A-Za-z][\w.-]*$/.test(before)
    ) {
      const property = propertyIn(item);
      if (property) found.push({ key: before, target: "arg", property, template: null });
    }
  });
  return found;
}

function findingOf(
  key: string,
  target: Input["target"],
  told: z.infer<typeof propertySchema>,
  required: boolean,
  template: string | null,
  provenance: Provenance,
): InputFinding {
  const type = Array.isArray(told.type) ? told.type.find((one) => one !== "null") : told.type;
  const fallback = told.default === undefined ? null : String(told.default).slice(0, 1_000);
  return {
    key,
    target,
    evidence: "declared",
    provenance,
    // What the platform demands and fills in by itself says nothing of a server that runs elsewhere.
    required: required && told.default !== undefined ? null : required,
    secret: told.format === "password" || told.writeOnly === true ? true : null,
    label: told.title ?? null,
    description: told.description ?? null,
    type:
      type === "number" || type === "integer"
        ? "number"
        : type === "boolean"
          ? "boolean"
          : told.format === "uri"
            ? "url"
            : null,
    default: fallback !== null && !isPlaceholder(fallback, key) ? fallback : null,
    choices: told.enum?.map((choice) => String(choice).slice(0, 500)) ?? null,
    template,
  };
}
