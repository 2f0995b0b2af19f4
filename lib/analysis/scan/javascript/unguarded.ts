import type { Condition } from "../flow.ts";
import type { Project } from "../project.ts";
import { onlyComplains } from "./complaints.ts";
import { calleeName, isCall, isMember, keyOfLibrary, literalText, readKey, unwrap } from "./env.ts";
import { isHosting } from "./hosting.ts";
import { childrenOf, identifierName, keyName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

/** Names of values that requests cannot do without, and of those whose absence some place looks at. */
export interface Uses {
  needed: Set<string>;
  judged: Set<string>;
}

const MAX_DEPTH = 400;
const MAX_NAMES = 2_000;
/** Expressions within one expression that are looked into. */
const MAX_NESTED = 6;

/** Headers by which a request says who sends it. */
const CREDENTIAL_HEADER =
  /^([Aa]uthorization|[Cc]ookie|apikey|[\w-]{1,60}-([Aa]pi)?-?([Kk]ey|[Tt]oken|[Ss]ecret|[Aa]uth)|[A-Z-]{1,60}-(KEY|TOKEN))$/;
/** Functions and methods that send a request to the URL that they are given. */
const REQUEST = /^(fetch|axios|got|ky|request|axios\.\w+)$|^\.(fetch|request)$/;

/**
 * Collects which values a file puts in each request without looking whether they are there: in the header that says who sends it, or at
 * the beginning of the URL. Also those of which a type assertion says that they are there.
 */
export function collectUses(root: SyntaxNode, environment: ReadonlySet<string>, uses: Uses): void {
  const ancestors: SyntaxNode[] = [];
  const judge = (node: SyntaxNode | null) => {
    if (node) for (const name of namesIn(node, environment)) if (uses.judged.size < MAX_NAMES) uses.judged.add(name);
  };
  const need = (node: SyntaxNode | null) => {
    const name = node && nameOf(unwrap(node), environment);
    if (name && uses.needed.size < MAX_NAMES && !isHosting(ancestors)) uses.needed.add(name);
  };
  const visit = (node: SyntaxNode) => {
    if (/^(If|While)Statement$|^ConditionalExpression$/.test(node.type)) {
      if (!onlyComplains(node)) judge(nodeOf(node, "test"));
    } else if (node.type === "UnaryExpression" && node.operator === "!") judge(nodeOf(node, "argument"));
    else if (node.type === "LogicalExpression" && literalText(nodeOf(node, "right")) !== "")
      judge(nodeOf(node, "left"));
    else if (/^TS(NonNull|As)Expression$/.test(node.type)) {
      const inner = nodeOf(node, "expression");
      if (inner && isAssertedText(node) && typeof readKey(unwrap(inner), environment) === "string") need(inner);
    } else if (node.type === "ObjectProperty" && CREDENTIAL_HEADER.test(keyName(node) ?? ""))
      for (const part of partsOf(nodeOf(node, "value"))) need(part);
    else if (isCall(node) && ENCODES.test(calleeName(node) ?? ""))
      for (const part of accountParts(nodesOf(node, "arguments")[0])) need(part);
    else if (node.type === "ObjectProperty" && keyName(node) === "auth")
      for (const part of accountFields(nodeOf(node, "value"))) need(part);
    else if (keyOfLibrary(node) !== null) need(node);
    else if (isCall(node) && REQUEST.test(calleeName(node) ?? "")) need(firstPart(nodesOf(node, "arguments")[0]));
    else if (isCall(node) && /^\.(create|extend)$/.test(calleeName(node) ?? "")) need(baseOf(node));
    else if (node.type === "NewExpression" && calleeName(node) === "URL.constructor")
      need(nodesOf(node, "arguments")[1] ?? null);
    if (ancestors.length >= MAX_DEPTH) return;
    ancestors.push(node);
    const asked = onlyComplains(node) ? nodeOf(node, "test") : null;
    for (const child of childrenOf(node)) if (child !== asked) visit(child);
    ancestors.pop();
  };
  visit(root);
}

/** Returns the variables among the names that are needed and never looked at, over all files. */
export function findUnguarded({ needed, judged }: Uses, project: Project): Set<string> {
  const heldBy = (name: string) =>
    project.constants.get(name) ?? project.fields.get(name) ?? project.locals.get(name) ?? null;
  const known = new Set<string>();
  for (const name of judged) {
    known.add(name);
    for (const key of keysIn(heldBy(name))) known.add(key);
  }
  const found = new Set<string>();
  for (const name of needed) {
    if (known.has(name)) continue;
    const held = heldBy(name);
    const keys = held ? (isBare(held) ? keysIn(held) : []) : [name];
    const [only, ...others] = keys;
    if (only && others.length === 0 && !known.has(only)) found.add(only);
  }
  return found;
}

/** `process.env.A!`, `process.env.A as string` */
function isAssertedText(node: SyntaxNode): boolean {
  return node.type === "TSNonNullExpression" || nodeOf(node, "typeAnnotation")?.type === "TSStringKeyword";
}

/** The values that a header is made of: `Bearer ${token}`, "Bearer " + token. */
function partsOf(value: SyntaxNode | null, depth = 0): SyntaxNode[] {
  if (!value || depth > MAX_NESTED) return [];
  const node = unwrap(value);
  if (node.type === "TemplateLiteral") return nodesOf(node, "expressions");
  if (node.type === "BinaryExpression" && node.operator === "+")
    return [...partsOf(nodeOf(node, "left"), depth + 1), ...partsOf(nodeOf(node, "right"), depth + 1)];
  return [node];
}

/** Encodes what Basic authentication sends. */
const ENCODES = /^(btoa|Buffer\.from|\.encode)$/;

/** An account and its password, as Basic authentication sends them: `${user}:${password}`. */
function accountParts(text: SyntaxNode | undefined): SyntaxNode[] {
  const node = text ? unwrap(text) : null;
  const quasis = node?.type === "TemplateLiteral" ? nodesOf(node, "quasis").map(textOf) : [];
  return node && quasis.length === 3 && quasis.join("") === ":" ? nodesOf(node, "expressions") : [];
}

/** axios: `auth: { username, password }` */
function accountFields(value: SyntaxNode | null): SyntaxNode[] {
  const node = value ? unwrap(value) : null;
  const fields = node?.type === "ObjectExpression" ? nodesOf(node, "properties") : [];
  if (fields.length !== 2 || !fields.every((field) => /^(username|password)$/.test(keyName(field) ?? ""))) return [];
  return fields.flatMap((field) => nodeOf(field, "value") ?? []);
}

/** What a URL begins with: `${base}/path`, base + "/path". */
function firstPart(url: SyntaxNode | undefined, depth = 0): SyntaxNode | null {
  if (!url || depth > MAX_NESTED) return null;
  const node = unwrap(url);
  if (node.type === "TemplateLiteral") {
    const [quasi] = nodesOf(node, "quasis");
    return quasi && textOf(quasi) === "" ? (nodesOf(node, "expressions")[0] ?? null) : null;
  }
  if (node.type === "BinaryExpression" && node.operator === "+")
    return firstPart(nodeOf(node, "left") ?? undefined, depth + 1);
  return depth > 0 ? node : null;
}

function textOf({ value }: SyntaxNode): unknown {
  return typeof value === "object" && value !== null && "raw" in value ? value.raw : null;
}

/** The `baseURL` of `axios.create({ baseURL })`. */
function baseOf(call: SyntaxNode): SyntaxNode | null {
  const [options] = nodesOf(call, "arguments");
  const properties = options?.type === "ObjectExpression" ? nodesOf(options, "properties") : [];
  const base = properties.find((one) => /^(baseURL|prefixUrl)$/.test(keyName(one) ?? ""));
  const value = base ? nodeOf(base, "value") : null;
  return value && (firstPart(value) ?? value);
}

/** The name of a value: of the variable that is read, of a constant, or the last part of "config.apiKey". */
function nameOf(node: SyntaxNode, environment: ReadonlySet<string>): string | null {
  const key = readKey(node, environment);
  if (typeof key === "string") return key;
  return identifierName(node) ?? (isMember(node) ? keyName(node) : null);
}

/** The names in a test. */
function namesIn(node: SyntaxNode, environment: ReadonlySet<string>, depth = 0): string[] {
  const inner = unwrap(node);
  const own = nameOf(inner, environment);
  if (depth > MAX_NESTED) return own ? [own] : [];
  const parts = childrenOf(inner).flatMap((child) => namesIn(child, environment, depth + 1));
  return own ? [own, ...parts] : parts;
}

/** Returns whether a value is that of a variable, or nothing. */
function isBare(held: Condition): boolean {
  if (held.kind !== "or") return held.kind === "atom";
  return held.of.every((part) => part.kind === "atom" || (part.kind === "constant" && !part.value));
}

function keysIn(held: Condition | null, depth = 0): string[] {
  if (!held || depth > MAX_NESTED) return [];
  if (held.kind === "atom") return [held.key];
  if (held.kind === "not") return keysIn(held.of, depth + 1);
  return held.kind === "and" || held.kind === "or" ? held.of.flatMap((part) => keysIn(part, depth + 1)) : [];
}
