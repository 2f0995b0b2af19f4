import type { TextFile } from "../../fetch/files.ts";
import { allOf, anyOf, isUnnamed, needsOf } from "../flow.ts";
import {
  atom,
  type Demanding,
  demandsParameter,
  noteDemanding,
  noteField,
  noteLiteral,
  noteLocal,
  noteOutcome,
  notePredicate,
  noteProperty,
  noteRefusal,
  noteReturn,
  noteText,
  PARAMETER_KEY,
  type Project,
} from "../project.ts";
import { Scope } from "../scope.ts";
import { findSwitch } from "../switches.ts";
import { learnChoosingHelper } from "./choosing-helpers.ts";
import { learnCleaning } from "./cleaning-functions.ts";
import { learnDemandedFields } from "./demanded-fields.ts";
import { calleeName, functionName, isCall, isFunction, isMember, unwrap } from "./env.ts";
import { failureFields, IS_ERROR } from "./failure-fields.ts";
import { JavaScriptFlow } from "./flow.ts";
import { bindSwitches, learnHelper, switchesOf } from "./helpers.ts";
import { learnListHelper } from "./list-helpers.ts";
import { isRefusal } from "./refusals.ts";
import { childrenOf, identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, stringValue, walk } from "./syntax.ts";
import { rowsOf } from "./tables.ts";

export interface ParsedFile {
  file: TextFile;
  root: SyntaxNode;
  environment: Set<string>;
  argumentNames: Set<string>;
}

export interface FoundFunction {
  node: SyntaxNode;
  name: string | null;
  className: string | null;
  ancestors: SyntaxNode[];
}

/** The functions of a file, each with the class that it is a method of and what stands around it. */
export function functionsOf(root: SyntaxNode): FoundFunction[] {
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
export function learn({ file, root, environment, argumentNames }: ParsedFile, project: Project): void {
  const flow = new JavaScriptFlow(project, environment, argumentNames);
  const scope = new Scope(null);
  learnConstants(root, project);
  const functions = functionsOf(root);
  for (const { node, name, className } of functions) {
    if (!name) continue;
    const body = nodeOf(node, "body");
    if (!body) continue;
    const statements = body.type === "BlockStatement" ? flow.lower(nodesOf(body, "body"), new Scope(scope)) : [];
    const isShort = body.end - body.start < 1_500;
    if (isShort && statements.length > 0 && needsOf(statements).length === 0) project.failing.add(name);
    else if (isShort) learnRefusing(node, name, flow, project);
    learnHelper(node, name, environment, project);
    const lowered = () => needsOf(flow.lower(nodesOf(body, "body"), new Scope(null)));
    if (node.kind === "get" && isShort && project.getters.size < MAX_GETTERS) project.getters.add(name);
    if (isShort && /\bthrow\b|\bexit\b/.test(file.text.slice(body.start, body.end))) {
      const called = className ? `${className}.${name}` : name;
      learnDemanding(node, called, flow, project);
      learnListHelper(node, called, lowered, project);
      learnDemandedFields(node, called, (inner) => needsOf(flow.lower(nodesOf(body, "body"), inner)), project);
    }
    learnChoosingHelper(node, className ? `${className}.${name}` : name, environment, lowered, project);
    learnCleaning(node, name, flow, project);
    // A method is called on an object: `settings.get("NAME")`.
    const helper = project.helpers.get(name);
    if (helper && className) project.helpers.set(`.${name}`, helper).set(`${className}.${name}`, helper);
  }
  // A function may call a helper that stands below it.
  for (const { node, name } of functions) {
    const body = name === null ? null : nodeOf(node, "body");
    const isShort = body !== null && body.end - body.start < 1_500;
    if (
      !name ||
      !isShort ||
      !/\breturn( (null|undefined|false))?;|: (null|undefined|false);/.test(file.text.slice(body.start, body.end))
    )
      continue;
    const returning = new JavaScriptFlow(project, environment);
    returning.isEmptyFailure = true;
    const lowered = () => needsOf(returning.lower(nodesOf(body, "body"), new Scope(scope)));
    noteReturn(project, name, lowered());
    // `if (!key) return toError("…"); return null;` returns something where the key is missing.
    returning.areRefusalsFailures = true;
    if (lowered().length > 0) continue;
    returning.isEmptyFailure = false;
    noteRefusal(project, name, lowered());
  }
  walk(root, (node) => {
    learnField(node, flow, project);
    if (node.type === "VariableDeclarator") learnList(node, project);
    learnTexts(node, project);
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
      if (name && init) learnParts(name, init, scope, project);
    }
  }
}

/** `function toError(message) { return { content: […], isError: true }; }` */
function learnRefusing(node: SyntaxNode, name: string, flow: JavaScriptFlow, project: Project): void {
  const body = nodeOf(node, "body");
  const statements = body?.type === "BlockStatement" ? nodesOf(body, "body") : [];
  const last = statements.at(-1);
  const told = body?.type === "BlockStatement" ? last && nodeOf(last, "argument") : body;
  if (!body || !told || (last && last.type !== "ReturnStatement") || !isRefusal(told, project.refusing)) return;
  flow.areRefusalsFailures = true;
  const isAlways = last === undefined || needsOf(flow.lower(statements, new Scope(null))).length === 0;
  flow.areRefusalsFailures = false;
  if (isAlways) project.refusing.add(name);
}

const MAX_GETTERS = 200;

/** Records the fields of a constant object, and those of the objects in it: `config.service.apiKey`. */
function learnParts(path: string, value: SyntaxNode, scope: Scope, project: Project, depth = 0): void {
  const object = unwrap(value);
  if (object.type !== "ObjectExpression" || depth > MAX_PARTS_DEPTH) return;
  for (const property of nodesOf(object, "properties")) {
    const key = keyName(property);
    const given = nodeOf(property, "value");
    if (!key || !given) continue;
    const part = scope.find(`${path}.${key}`);
    if (part && part.kind !== "something" && part.kind !== "constant") project.constants.set(`${path}.${key}`, part);
    learnParts(`${path}.${key}`, given, scope, project, depth + 1);
  }
}

const MAX_PARTS_DEPTH = 3;

/** `const PREFIX = "APP_"`: what helpers put around a name. */
function learnConstants(root: SyntaxNode, project: Project): void {
  for (const statement of nodesOf(root, "body")) {
    const declaration = statement.type === "ExportNamedDeclaration" ? nodeOf(statement, "declaration") : statement;
    for (const one of declaration?.type === "VariableDeclaration" ? nodesOf(declaration, "declarations") : []) {
      const name = identifierName(nodeOf(one, "id"));
      const text = stringValue(nodeOf(one, "init"));
      if (name && text) noteLiteral(project, "=", name, text);
    }
  }
}

/**
 * Records what the results of a file's functions say of variables. Runs when the constants and fields of all files are known, since a
 * check often stands in a file of its own.
 */
export function learnOutcomes({ root, environment, argumentNames }: ParsedFile, project: Project): void {
  const flow = new JavaScriptFlow(project, environment, argumentNames);
  for (const { node, name } of functionsOf(root)) {
    if (!name) continue;
    const told = nodesOf(node, "params").length === 0 ? returnedBy(node) : null;
    if (told && node.kind === "get") noteProperty(project, name, flow.condition(told, new Scope(null)));
    else if (told) notePredicate(project, name, flow.condition(told, new Scope(null)));
    else learnReport(node, name, flow, project);
    learnResult(node, name, () => new JavaScriptFlow(project, environment, argumentNames), project);
  }
}

/** A function that collects what is missing and returns the list, or a report with it. */
function learnReport(node: SyntaxNode, name: string, flow: JavaScriptFlow, project: Project): void {
  const body = nodeOf(node, "body");
  const statements = body?.type === "BlockStatement" ? nodesOf(body, "body") : [];
  const last = statements.at(-1);
  const returned = last?.type === "ReturnStatement" ? nodeOf(last, "argument") : null;
  if (!body || !returned || statements.length < 2 || body.end - body.start > MAX_REPORT_LENGTH) return;
  const scope = new Scope(null);
  flow.parameters(node, scope);
  flow.lower(statements.slice(0, -1), scope);
  const value = unwrap(returned);
  if (value.type !== "ObjectExpression") {
    noteOutcome(project, name, null, flow.condition(value, scope));
    return;
  }
  for (const property of nodesOf(value, "properties").slice(0, MAX_REPORT_FIELDS)) {
    const field = keyName(property);
    const given = nodeOf(property, "value");
    if (field && given) noteOutcome(project, name, field, flow.condition(given, scope));
  }
}

/** A function that returns `{ ok: false, … }` early, or `{ error: … }`, where something is missing. */
function learnResult(node: SyntaxNode, name: string, newFlow: () => JavaScriptFlow, project: Project): void {
  const body = nodeOf(node, "body");
  if (body?.type !== "BlockStatement" || body.end - body.start > MAX_REPORT_LENGTH) return;
  const fields = new Map<string, number>();
  let returns = 0;
  walk(body, (inner) => {
    const returned = inner.type === "ReturnStatement" ? nodeOf(inner, "argument") : null;
    const value = returned && unwrap(returned);
    if (!value) return;
    const isChosen = value.type === "ConditionalExpression";
    for (const one of isChosen ? [nodeOf(value, "consequent"), nodeOf(value, "alternate")] : [value]) {
      returns += 1;
      for (const field of one ? failureFields(unwrap(one)) : []) fields.set(field, (fields.get(field) ?? 0) + 1);
    }
  });
  for (const [field, count] of fields) {
    if (count >= returns) continue;
    const flow = newFlow();
    flow.failureField = field;
    const needs = needsOf(flow.lower(nodesOf(body, "body"), new Scope(null)));
    if (needs.length === 0 || needs.some((branch) => branch.length === 0 || branch.some(isUnnamed))) continue;
    const told = anyOf(needs.map((branch) => allOf(branch.map(atom))));
    noteOutcome(project, name, field, IS_ERROR.test(field) ? { kind: "not", of: told } : told);
  }
}

/** A function that only checks what is there. */
const MAX_REPORT_LENGTH = 4_000;
const MAX_REPORT_FIELDS = 12;

/** What a function returns that does nothing else, or null. */
function returnedBy(node: SyntaxNode): SyntaxNode | null {
  const body = nodeOf(node, "body");
  if (body?.type !== "BlockStatement") return body;
  const [only, ...others] = nodesOf(body, "body");
  return only?.type === "ReturnStatement" && others.length === 0 ? nodeOf(only, "argument") : null;
}

/** `{ apiKey: process.env.API_KEY }`, `this.apiKey = …`, the field of a class, or a local name. */
function learnField(node: SyntaxNode, flow: JavaScriptFlow, project: Project): void {
  const local = node.type === "VariableDeclarator" ? identifierName(nodeOf(node, "id")) : null;
  const init = local === null ? null : nodeOf(node, "init");
  if (local && init && init.end - init.start < 300) noteLocal(project, local, flow.condition(init, new Scope(null)));
  const isAssignment = node.type === "AssignmentExpression";
  if (!isAssignment && !/^(ObjectProperty|ClassProperty|PropertyDefinition)$/.test(node.type)) return;
  const target = isAssignment ? nodeOf(node, "left") : node;
  const value = nodeOf(node, isAssignment ? "right" : "value");
  const isOwn = !isAssignment || (target !== null && isMember(target));
  const field = target && isOwn ? keyName(target) : null;
  if (field && value && value.end - value.start < 300)
    noteField(project, field, flow.condition(value, new Scope(null)));
}

/** `enum Mode { Token = "token" }`, `const Mode = { Token: "token" } as const` */
function learnTexts(node: SyntaxNode, project: Project): void {
  const name = identifierName(nodeOf(node, "id"));
  const init = node.type === "VariableDeclarator" ? nodeOf(node, "init") : null;
  const object = init ? unwrap(init) : null;
  const members =
    node.type === "TSEnumDeclaration"
      ? [...nodesOf(node, "members"), ...nodesOf(nodeOf(node, "body") ?? node, "members")]
      : object?.type === "ObjectExpression"
        ? nodesOf(object, "properties")
        : [];
  if (!name || !/^[A-Z]/.test(name)) return;
  for (const member of members) {
    const key = node.type === "TSEnumDeclaration" ? memberName(member) : keyName(member);
    const text = stringValue(nodeOf(member, node.type === "TSEnumDeclaration" ? "initializer" : "value"));
    if (key && text) noteText(project, `${name}.${key}`, text);
  }
}

function memberName(member: SyntaxNode): string | null {
  const id = nodeOf(member, "id");
  return identifierName(id) ?? stringValue(id);
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
  const rows = list ? rowsOf(list) : [];
  if (name && rows.length > 0 && !project.tables.has(name)) project.tables.set(name, rows);
  if (!name || list?.type !== "ArrayExpression") return;
  const elements = nodesOf(list, "elements");
  const texts = elements.flatMap((one) => stringValue(one) ?? []);
  if (texts.length > 0 && texts.length === elements.length && !project.lists.has(name)) project.lists.set(name, texts);
}

const MAX_PARAMETERS = 4;

/** Records the parameter without which a function fails: `function must(value, message) { if (!value) throw … }`. */
function learnDemanding(node: SyntaxNode, name: string, flow: JavaScriptFlow, project: Project): void {
  const parameters = nodesOf(node, "params").map((parameter) =>
    identifierName(parameter.type === "TSParameterProperty" ? nodeOf(parameter, "parameter") : parameter),
  );
  const body = nodeOf(node, "body");
  if (body?.type !== "BlockStatement") return;
  const switches = switchesOf(node);
  let found: Demanding | null = null;
  for (const [at, parameter] of parameters.slice(0, MAX_PARAMETERS).entries()) {
    if (parameter === null || found) continue;
    const { isDemanded, hangsOn } = findSwitch(switches, (values) => {
      const scope = new Scope(null);
      for (const other of parameters) if (other) scope.bind(other, { kind: "something" });
      bindSwitches(values, scope);
      scope.bind(parameter, { kind: "atom", key: PARAMETER_KEY });
      return demandsParameter(needsOf(flow.lower(nodesOf(body, "body"), scope)));
    });
    if (isDemanded || hangsOn) found = { at, name: parameter, hangsOn };
  }
  noteDemanding(project, name, found);
}
