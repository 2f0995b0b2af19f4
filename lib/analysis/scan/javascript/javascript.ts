import { type ParserPlugin, parse } from "@babel/parser";
import { lineFinder, type TextFile } from "../../fetch/files.ts";
import { readOrSkip } from "../../inputs/unreadable.ts";
import { needsOf } from "../flow.ts";
import { newProject, noteField, noteLiteral, noteReturn, type Project } from "../project.ts";
import { Scope } from "../scope.ts";
import { addScan, emptyScan, type Flow, isHostingName, type Read, type ScanResult } from "../types.ts";
import {
  calleeName,
  environmentNames,
  functionName,
  isCall,
  isFunction,
  isMember,
  literalText,
  readKey,
  substituteRead,
  unwrap,
} from "./env.ts";
import { addEnvironmentParameters } from "./environment-parameters.ts";
import { JavaScriptFlow } from "./flow.ts";
import { isHosting } from "./hosting.ts";
import { readOptions } from "./options.ts";
import { argumentNames, readPositions } from "./positions.ts";
import { collectReads } from "./reads.ts";
import { flowsOfShapes, learnShapes } from "./schemas.ts";
import { restoreStatements } from "./statements.ts";
import {
  childrenOf,
  identifierName,
  isNode,
  keyName,
  nodeOf,
  nodesOf,
  type SyntaxNode,
  stringValue,
  walk,
} from "./syntax.ts";

interface ParsedFile {
  file: TextFile;
  root: SyntaxNode;
  environment: Set<string>;
  argumentNames: Set<string>;
}

interface FoundFunction {
  node: SyntaxNode;
  name: string | null;
  className: string | null;
  ancestors: SyntaxNode[];
}

/**
 * Finds what JavaScript and TypeScript files need of the environment and the command line. Runs nothing.
 *
 * @param pause yields to other work between files
 */
export async function scanJavaScript(files: readonly TextFile[], pause: () => Promise<void>): Promise<ScanResult> {
  const result = emptyScan();
  const parsed: ParsedFile[] = [];
  for (const file of files) {
    const root = parseFile(file);
    if (root) parsed.push({ file, root, environment: environmentNames(root), argumentNames: argumentNames(root) });
    else addScan(result, { reads: readsOfText(file) });
    await pause();
  }
  addEnvironmentParameters(parsed);
  const project = newProject();
  for (const one of parsed) {
    const learnAll = () => {
      learn(one, project);
      learnShapes(one.root, project);
    };
    readOrSkip(one.file, result.warnings, learnAll, undefined);
  }
  for (const one of parsed) {
    addScan(
      result,
      readOrSkip(one.file, result.warnings, () => readFile(one, project), { reads: readsOfText(one.file) }),
    );
    await pause();
  }
  for (const read of result.reads) {
    const uses = read.constant ? project.uses.get(read.constant) : undefined;
    if (uses && uses.hosting > 0 && uses.stdio === 0) read.isHosting = true;
  }
  return result;
}

function readFile(parsed: ParsedFile, project: Project): Partial<ScanResult> {
  const { file, root, environment } = parsed;
  const reads = collectReads(root, { path: file.path, text: file.text, environment, project });
  const options = readOptions(root, file, environment);
  const flows = flowsOf(parsed, project);
  return {
    reads: [...reads, ...options.reads],
    flows: [...flows, ...flowsOfShapes(root, file.path, environment, project), ...options.flows],
    options: options.options,
    positions: readPositions(root, file.path, parsed.argumentNames),
    links: [...options.links, ...linksOf(root, environment)],
  };
}

/** Parses a file, recovering from syntax errors. Returns null when it is not a program. */
function parseFile(file: TextFile): SyntaxNode | null {
  const plugins: ParserPlugin[] = ["decorators-legacy", "explicitResourceManagement"];
  if (/\.[mc]?tsx?$/.test(file.path)) plugins.push("typescript");
  if (!/\.[mc]?ts$/.test(file.path)) plugins.push("jsx");
  try {
    const tree: unknown = parse(file.text, {
      sourceType: "unambiguous",
      errorRecovery: true,
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      attachComment: false,
      plugins,
    }).program;
    if (!isNode(tree)) return null;
    restoreStatements(tree);
    return tree;
  } catch {
    return null;
  }
}

/** Finds the variable names in a file that does not parse. */
function readsOfText(file: TextFile): Read[] {
  const reads: Read[] = [];
  const lineAt = lineFinder(file.text);
  for (const match of file.text.matchAll(/\bprocess\.env(?:\.([A-Z][A-Z0-9_]+)|\[["']([A-Z][A-Z0-9_]+)["']\])/g)) {
    const key = match[1] ?? match[2];
    if (!key || reads.length >= 100) continue;
    reads.push({
      key,
      path: file.path,
      line: lineAt(match.index),
      fallback: "none",
      value: null,
      isHosting: false,
      comment: null,
    });
  }
  return reads;
}

function functionsOf(root: SyntaxNode): FoundFunction[] {
  const found: FoundFunction[] = [];
  const ancestors: SyntaxNode[] = [];
  const visit = (node: SyntaxNode) => {
    if (isFunction(node)) {
      const owner = ancestors.findLast((one) => /^Class(Declaration|Expression)$/.test(one.type));
      const className = owner && /Method$/.test(node.type) ? identifierName(nodeOf(owner, "id")) : null;
      found.push({ node, name: functionName(node, ancestors.at(-1) ?? null), className, ancestors: [...ancestors] });
    }
    if (ancestors.length >= 400) return;
    ancestors.push(node);
    for (const child of childrenOf(node)) visit(child);
    ancestors.pop();
  };
  visit(root);
  return found;
}

/** Records what other files use by name: helpers that read variables, constants, functions that always fail. */
function learn({ file, root, environment, argumentNames }: ParsedFile, project: Project): void {
  const flow = new JavaScriptFlow(project, environment, argumentNames);
  const scope = new Scope(null);
  for (const { node, name, className } of functionsOf(root)) {
    if (!name) continue;
    const body = nodeOf(node, "body");
    if (!body) continue;
    const statements = body.type === "BlockStatement" ? flow.lower(nodesOf(body, "body"), new Scope(scope)) : [];
    const isShort = body.end - body.start < 1_500;
    if (isShort && statements.length > 0 && needsOf(statements).length === 0) project.failing.add(name);
    learnHelper(node, name, environment, project);
    if (isShort && /\breturn( (null|undefined|false))?;/.test(file.text.slice(body.start, body.end))) {
      const returning = new JavaScriptFlow(project, environment);
      returning.isEmptyFailure = true;
      noteReturn(project, name, needsOf(returning.lower(nodesOf(body, "body"), new Scope(scope))));
    }
    // A method is called on an object: `settings.get("NAME")`.
    const helper = project.helpers.get(name);
    if (helper && className) project.helpers.set(`.${name}`, helper).set(`${className}.${name}`, helper);
  }
  walk(root, (node) => {
    learnField(node, flow, project);
    if (node.type === "VariableDeclarator") learnList(node, project);
    if (isCall(node) || node.type === "NewExpression") {
      const callee = calleeName(node)?.replace(/^\.|^.*\.(?=constructor$)/, "");
      nodesOf(node, "arguments")
        .slice(0, 6)
        .forEach((argument, at) => {
          const text = stringValue(argument);
          if (callee && text) noteLiteral(project, callee, at, text);
        });
    }
  });
  for (const statement of nodesOf(root, "body")) {
    const declaration = statement.type === "ExportNamedDeclaration" ? nodeOf(statement, "declaration") : statement;
    if (declaration?.type !== "VariableDeclaration") continue;
    flow.lower([declaration], scope);
    for (const one of nodesOf(declaration, "declarations")) {
      const name = identifierName(nodeOf(one, "id"));
      const init = nodeOf(one, "init");
      const known = name ? scope.find(name) : null;
      if (name && known && init && !isFunction(unwrap(init)) && known.kind !== "something")
        project.constants.set(name, known);
      for (const property of init?.type === "ObjectExpression" ? nodesOf(init, "properties") : []) {
        const path = `${name}.${keyName(property)}`;
        const part = scope.find(path);
        if (part && part.kind !== "something" && part.kind !== "constant") project.constants.set(path, part);
      }
    }
  }
}

/** `{ apiKey: process.env.API_KEY }`, `this.apiKey = …`, or the field of a class. */
function learnField(node: SyntaxNode, flow: JavaScriptFlow, project: Project): void {
  const isAssignment = node.type === "AssignmentExpression";
  if (!isAssignment && !/^(ObjectProperty|ClassProperty|PropertyDefinition)$/.test(node.type)) return;
  const target = isAssignment ? nodeOf(node, "left") : node;
  const value = nodeOf(node, isAssignment ? "right" : "value");
  const isOwn = !isAssignment || (target !== null && isMember(target));
  const field = target && isOwn ? keyName(target) : null;
  if (field && value && value.end - value.start < 300)
    noteField(project, field, flow.condition(value, new Scope(null)));
}

/** `const REQUIRED = ["A", "B"] as const` */
function learnList(declarator: SyntaxNode, project: Project): void {
  const name = identifierName(nodeOf(declarator, "id"));
  const init = nodeOf(declarator, "init");
  const list = init ? unwrap(init) : null;
  if (name && list?.type === "ObjectExpression") {
    const values = nodesOf(list, "properties").flatMap((one) => stringValue(nodeOf(one, "value")) ?? []);
    if (values.length > 0 && values.length === nodesOf(list, "properties").length)
      project.lists.set(`${name}.values`, values);
  }
  if (!name || list?.type !== "ArrayExpression") return;
  const elements = nodesOf(list, "elements");
  const texts = elements.flatMap((one) => stringValue(one) ?? []);
  if (texts.length > 0 && texts.length === elements.length && !project.lists.has(name)) project.lists.set(name, texts);
}

/** A function whose parameter is the name of the variable that it reads. */
function learnHelper(node: SyntaxNode, name: string, environment: ReadonlySet<string>, project: Project): void {
  const parameters = nodesOf(node, "params");
  const names = parameters.map((parameter) =>
    identifierName(parameter.type === "AssignmentPattern" ? nodeOf(parameter, "left") : parameter),
  );
  const body = nodeOf(node, "body");
  if (!body || body.end - body.start > 3_000) return;
  let nameAt = -1;
  let fallback: string | null = null;
  walk(body, (inner) => {
    const key = readKey(inner, environment);
    const parameter = key !== null && typeof key !== "string" ? identifierName(key) : null;
    if (parameter && names.includes(parameter)) nameAt = names.indexOf(parameter);
    if (inner.type === "LogicalExpression" && nameAt >= 0) fallback ??= literalText(nodeOf(inner, "right")) || null;
  });
  if (nameAt < 0) return;
  const fallbackAt = names.findIndex(
    (parameter, at) =>
      at !== nameAt && parameter !== null && /default|fallback|alternative|otherwise|def$/i.test(parameter),
  );
  project.helpers.set(name, {
    nameAt,
    fallbackAt: fallbackAt < 0 ? null : fallbackAt,
    fallback,
    fails: failsWithout(node, nameAt, environment, project),
  });
}

/** Returns whether a helper fails without the variable when the variable is the only unknown. */
function failsWithout(node: SyntaxNode, nameAt: number, environment: ReadonlySet<string>, project: Project): boolean {
  const body = nodeOf(node, "body");
  if (!body) return false;
  const name = identifierName(nodesOf(node, "params")[nameAt] ?? null) ?? "";
  const flow = new JavaScriptFlow(project, environment);
  const scope = new Scope(null);
  flow.parameters(node, scope);
  const marked = substituteRead(body, name, environment, HELPER_KEY);
  const statements = marked.type === "BlockStatement" ? flow.lower(nodesOf(marked, "body"), scope) : [];
  const needs = needsOf(statements);
  return (
    needs.length > 0 &&
    needs.every((branch) => branch.includes(HELPER_KEY) || branch.includes("?")) &&
    needs.some((branch) => branch.includes(HELPER_KEY))
  );
}

const HELPER_KEY = "HELPER_NAME";

const HANDLER_CALL =
  /^\.?(tool|registerTool|addTool|setRequestHandler|resource|prompt|registerResource|registerPrompt|addResource|addPrompt|addResourceTemplate|defineTool|createTool|get|post|put|delete|use|on|once|all)$/;

function flowsOf({ file, root, environment, argumentNames }: ParsedFile, project: Project): Flow[] {
  const module = new Scope(null);
  const own = new JavaScriptFlow(project, environment, argumentNames);
  const flows: Flow[] = [
    {
      path: file.path,
      name: null,
      isHandler: false,
      isHosting: false,
      needs: needsOf(own.lower(nodesOf(root, "body"), module)),
      calls: own.calls,
    },
  ];
  const classes = new Map<string, Scope>();
  for (const { node, name, className, ancestors } of functionsOf(root)) {
    const body = nodeOf(node, "body");
    if (body?.type !== "BlockStatement") continue;
    const parent = ancestors.at(-1);
    // A function called where it is defined belongs to the surrounding code.
    if (parent && isCall(parent) && nodeOf(parent, "callee") === node) continue;
    const flow = new JavaScriptFlow(project, environment, argumentNames);
    const outer = className ? classScope(classes, className, module) : module;
    const scope = new Scope(outer);
    flow.parameters(node, scope);
    const statements = flow.lower(nodesOf(body, "body"), scope);
    if (className) keepMembers(scope, outer, body);
    flows.push({
      path: file.path,
      name: name === null ? null : className ? `${className}.${name}` : name,
      isHandler: isHandler(ancestors, parent ?? null, name),
      isHosting: isHosting([...ancestors, node]) || isHostingName(name ?? ""),
      needs: needsOf(statements),
      calls: flow.calls,
    });
  }
  return flows.map((flow, at) => (flow.name === null && at > 0 ? { ...flow, isHandler: true } : flow));
}

function classScope(classes: Map<string, Scope>, name: string, module: Scope): Scope {
  const known = classes.get(name) ?? new Scope(module);
  classes.set(name, known);
  return known;
}

/** Makes values that a constructor assigns to `this` known to the other methods. */
function keepMembers(scope: Scope, outer: Scope, body: SyntaxNode): void {
  walk(body, (node) => {
    if (node.type !== "AssignmentExpression") return;
    const left = nodeOf(node, "left");
    const property = left && isMember(left) && nodeOf(left, "object")?.type === "ThisExpression" ? keyName(left) : null;
    const known = property ? scope.find(`this.${property}`) : null;
    if (known && outer.find(`this.${property}`) === null) outer.bind(`this.${property}`, known);
  });
}

function isHandler(ancestors: readonly SyntaxNode[], parent: SyntaxNode | null, name: string | null): boolean {
  if (
    parent &&
    /^(ObjectProperty|ObjectMethod)$/.test(parent.type) &&
    /^(execute|handler|run|invoke|handle|call|callback|cb)$/.test(name ?? "")
  )
    return true;
  return ancestors.some((node) => isCall(node) && HANDLER_CALL.test(calleeName(node) ?? ""));
}

/** Finds flags that do the same as a variable: `process.env.X = options.flag`. */
function linksOf(root: SyntaxNode, environment: ReadonlySet<string>): ScanResult["links"] {
  const links: ScanResult["links"] = [];
  walk(root, (node) => {
    if (node.type === "AssignmentExpression") {
      const left = nodeOf(node, "left");
      const right = nodeOf(node, "right");
      const key = left ? readKey(left, environment) : null;
      const from = right ? unwrap(right) : null;
      const option = from && isMember(from) ? keyName(from) : null;
      if (typeof key === "string" && option) links.push({ key, flag: flagOf(option) });
    }
    if (node.type === "LogicalExpression" && (node.operator === "||" || node.operator === "??")) {
      const sides = [nodeOf(node, "left"), nodeOf(node, "right")].flatMap((side) => (side ? [unwrap(side)] : []));
      const keys = sides.flatMap((side) => readKey(side, environment) ?? []).filter((key) => typeof key === "string");
      for (const side of sides) {
        const option = isMember(side) && readKey(side, environment) === null ? keyName(side) : null;
        for (const key of keys) if (option) links.push({ key, flag: flagOf(option) });
      }
    }
  });
  return links;
}

/** Formats an option as a flag: "apiKey" and "api-key" become "--api-key". */
function flagOf(option: string): string {
  return `--${option
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase()}`;
}
