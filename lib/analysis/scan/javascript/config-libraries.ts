import { isEnvName } from "../../inputs/input-names.ts";
import { isCall, isMember, unwrap } from "./env.ts";
import { childrenOf, identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, stringValue, walk } from "./syntax.ts";

/** Calls of one chain that are followed. */
const MAX_CHAIN = 12;
const MAX_DEPTH = 400;

/**
 * Rewrites what libraries read of the environment by a name into plain reads, in place, so that nothing else has to know them:
 * env-var's `get("KEY").required().asString()` becomes `process.env.KEY.required()`, which fails without the variable, and
 * `get("KEY").default("a").asString()` becomes `process.env.KEY ?? "a"`. The same for effect's `Config.string("KEY")`, NestJS's
 * `getOrThrow("KEY")`, `getenv("KEY")` and convict's `env: "KEY"`.
 */
export function restoreLibraryReads(root: SyntaxNode): void {
  const imported = importedNames(root);
  if (imported.size === 0) return;
  const isNest = [...imported.values()].some((module) => module.startsWith("@nestjs/config"));
  let isValidated = false;
  walk(root, (node) => {
    isValidated ||= isCall(node) && keyName(nodeOf(node, "callee") ?? node) === "validate";
  });
  const visit = (node: SyntaxNode, depth: number) => {
    const read = isCall(node)
      ? (envVarRead(node, imported) ??
        effectRead(node, imported) ??
        nestRead(node, isNest) ??
        getenvRead(node, imported))
      : null;
    if (isCall(node) && imported.get(identifierName(nodeOf(node, "callee")) ?? "") === "convict")
      restoreConvict(node, isValidated);
    if (read) replace(node, read);
    else if (depth < MAX_DEPTH) for (const child of childrenOf(node)) visit(child, depth + 1);
  };
  visit(root, 0);
}

interface LibraryRead {
  key: string;
  isRequired: boolean;
  fallback: SyntaxNode | null;
}

const LIBRARIES = new Set(["env-var", "effect", "convict", "@nestjs/config", "getenv"]);

/** Local names by what they stand for: "env-var" for the module, "env-var get", "effect Config". */
function importedNames(root: SyntaxNode): Map<string, string> {
  const names = new Map<string, string>();
  walk(root, (node) => {
    if (node.type === "ImportDeclaration") {
      const source = stringValue(nodeOf(node, "source"));
      if (source === "effect/Config") {
        for (const specifier of nodesOf(node, "specifiers")) {
          const local = identifierName(nodeOf(specifier, "local"));
          if (local) names.set(local, EFFECT_CONFIG);
        }
      }
      if (source === null || !LIBRARIES.has(source)) return;
      for (const specifier of nodesOf(node, "specifiers")) {
        const local = identifierName(nodeOf(specifier, "local"));
        const own = identifierName(nodeOf(specifier, "imported"));
        if (local) names.set(local, own === null || own === "default" ? source : `${source} ${own}`);
      }
    }
    if (node.type !== "VariableDeclarator") return;
    // `const env = require("env-var")`, `const env = from(process.env)`
    const name = identifierName(nodeOf(node, "id"));
    const init = nodeOf(node, "init");
    const callee = init && isCall(init) ? nodeOf(init, "callee") : null;
    const source = init ? requiredModule(init) : null;
    if (name && source === "effect/Config") names.set(name, EFFECT_CONFIG);
    if (name && source && LIBRARIES.has(source)) names.set(name, source);
    const made = callee && isMember(callee) ? identifierName(nodeOf(callee, "object")) : identifierName(callee);
    const isFrom = callee !== null && (keyName(callee) === "from" || identifierName(callee) === "from");
    if (name && isFrom && names.get(made ?? "")?.startsWith("env-var")) names.set(name, "env-var");
  });
  return names;
}

const EFFECT_CONFIG = "effect Config";

/** The module of `require("effect")`, and of what a bundler puts around it: `__toESM(require("effect"))`. */
function requiredModule(node: SyntaxNode, depth = 0): string | null {
  const call = unwrap(node);
  if (!isCall(call) || depth > 2) return null;
  const [first] = nodesOf(call, "arguments");
  const callee = identifierName(nodeOf(call, "callee"));
  if (callee === "require") return stringValue(first);
  return first && /^_*(?:toESM|interop\w*)/.test(callee ?? "") ? requiredModule(first, depth + 1) : null;
}

/** `env.get("KEY").required().asString()` */
function envVarRead(node: SyntaxNode, imported: ReadonlyMap<string, string>): LibraryRead | null {
  let isRequired = false;
  let fallback: SyntaxNode | null = null;
  for (let at: SyntaxNode | null = node, steps = 0; at && isCall(at) && steps < MAX_CHAIN; steps += 1) {
    const callee = nodeOf(at, "callee");
    const [first] = nodesOf(at, "arguments");
    if (!callee) return null;
    const object: SyntaxNode | null = isMember(callee) ? nodeOf(callee, "object") : null;
    const isGet = object
      ? keyName(callee) === "get" && imported.get(identifierName(object) ?? "") === "env-var"
      : imported.get(identifierName(callee) ?? "") === "env-var get";
    if (isGet) {
      const key = stringValue(first);
      return key && isEnvName(key) ? { key, isRequired, fallback } : null;
    }
    const method = isMember(callee) ? keyName(callee) : null;
    if (method === "required") isRequired = first?.type !== "BooleanLiteral" || first.value === true;
    else if (method === "default") fallback = first ?? null;
    at = object;
  }
  return null;
}

/** Methods of getenv that read one variable as something. */
const OF_GETENV = /^(string|int|float|bool|boolish|strictBool|array|url|enum)$/;

/** `getenv("KEY")` and `getenv.int("KEY")`, which throw without the variable, and `getenv("KEY", "a")`. */
function getenvRead(node: SyntaxNode, imported: ReadonlyMap<string, string>): LibraryRead | null {
  const callee = nodeOf(node, "callee");
  const method = callee && isMember(callee) ? keyName(callee) : null;
  const object = callee && isMember(callee) ? nodeOf(callee, "object") : callee;
  if (imported.get(identifierName(object) ?? "") !== "getenv" || (method !== null && !OF_GETENV.test(method)))
    return null;
  const [first, ...others] = nodesOf(node, "arguments");
  const key = stringValue(first);
  // What the elements of a list are, or which values there are, comes before the fallback.
  const fallback = others[/^(array|enum)$/.test(method ?? "") ? 1 : 0] ?? null;
  return key && isEnvName(key) ? { key, isRequired: fallback === null, fallback } : null;
}

/** `configService.getOrThrow("KEY")`, `this.config.get<string>("KEY", "a")` */
function nestRead(node: SyntaxNode, isNest: boolean): LibraryRead | null {
  const callee = isNest ? nodeOf(node, "callee") : null;
  const method = callee && isMember(callee) ? keyName(callee) : null;
  if (method !== "get" && method !== "getOrThrow") return null;
  const [first, second] = nodesOf(node, "arguments");
  const key = stringValue(first);
  const isOptions = second?.type === "ObjectExpression";
  return key && isEnvName(key)
    ? { key, isRequired: method === "getOrThrow" && !second, fallback: isOptions ? null : (second ?? null) }
    : null;
}

const OF_CONFIG =
  /^(string|nonEmptyString|secret|redacted|url|number|integer|boolean|port|literal|date|duration|logLevel)$/;

/** `Config.string("KEY")`, and `Config.withDefault` or `Config.option` around it or behind it. */
function effectRead(node: SyntaxNode, imported: ReadonlyMap<string, string>, depth = 0): LibraryRead | null {
  const callee = nodeOf(node, "callee");
  const object = callee && isMember(callee) ? nodeOf(callee, "object") : null;
  const method = callee && isMember(callee) ? (keyName(callee) ?? "") : "";
  const args = nodesOf(node, "arguments");
  if (!object || depth > MAX_CHAIN) return null;
  // `effect.Config.string("KEY")`, where a bundler wrote `require("effect")`.
  const module = isMember(object) && keyName(object) === "Config" ? nodeOf(object, "object") : null;
  const isConfig =
    imported.get(identifierName(object) ?? "") === EFFECT_CONFIG ||
    imported.get(identifierName(module) ?? "") === "effect";
  if (isConfig && OF_CONFIG.test(method)) {
    const key = stringValue(args[0]);
    return key && isEnvName(key) ? { key, isRequired: true, fallback: null } : null;
  }
  const inner = isConfig ? args[0] : method === "pipe" ? object : null;
  const read = inner && isCall(inner) ? effectRead(inner, imported, depth + 1) : null;
  if (!read) return null;
  return (isConfig ? [node] : args).reduce((known, step) => afterStep(known, step, isConfig), read);
}

/** What is left of a read's demand behind `Config.withDefault(…)` or `Config.option`. */
function afterStep(read: LibraryRead, step: SyntaxNode, isAround: boolean): LibraryRead {
  const callee = isCall(step) ? nodeOf(step, "callee") : step;
  const name = callee && isMember(callee) ? keyName(callee) : null;
  if (name === "option") return { ...read, isRequired: false };
  if (name !== "withDefault" && name !== "orElse") return read;
  return { ...read, isRequired: false, fallback: nodesOf(step, "arguments")[isAround ? 1 : 0] ?? null };
}

/** convict: `{ key: { format: String, default: null, env: "KEY" } }`, where null fails the check of a format. */
function restoreConvict(call: SyntaxNode, isValidated: boolean): void {
  walk(call, (node) => {
    if (node.type !== "ObjectExpression") return;
    const property = (name: string) => nodesOf(node, "properties").find((one) => keyName(one) === name);
    const env = property("env");
    const value = env ? nodeOf(env, "value") : null;
    const key = stringValue(value);
    const given = nodeOf(property("default") ?? node, "value");
    const own = given && unwrap(given);
    if (!value || !key || !isEnvName(key) || !own) return;
    const isNull = own.type === "NullLiteral";
    const format = nodeOf(property("format") ?? node, "value");
    const isChecked = isValidated && format !== null && stringValue(format) !== "*";
    replace(value, { key, isRequired: isNull && isChecked, fallback: isNull ? null : own });
  });
}

/** Puts a plain read in the place of a call. */
function replace(node: SyntaxNode, { key, isRequired, fallback }: LibraryRead): void {
  const at = { start: node.start, end: node.end, loc: node.loc ?? null };
  const named = (name: string): SyntaxNode => ({ ...at, type: "Identifier", name });
  const member = (object: SyntaxNode, name: string): SyntaxNode => ({
    ...at,
    type: "MemberExpression",
    object,
    property: named(name),
    computed: false,
  });
  const read = member(member(named("process"), "env"), key);
  for (const field of Object.keys(node)) if (!(field in at) && field !== "type") delete node[field];
  if (fallback) Object.assign(node, { type: "LogicalExpression", operator: "??", left: read, right: fallback });
  // What is called on a value that is not there throws.
  else if (isRequired) Object.assign(node, { type: "CallExpression", callee: member(read, "toString"), arguments: [] });
  else Object.assign(node, read);
}
