import { isEnvName } from "../../inputs/input-names.ts";
import { isFlag } from "../flags.ts";
import type { Condition } from "../flow.ts";
import { findField } from "../project.ts";
import type { Scope } from "../scope.ts";
import { JavaScriptCalls } from "./calls.ts";
import { PARAMETER } from "./conditions.ts";
import { calleeName, isCall, isEnvironment, unwrap } from "./env.ts";
import { pathOf } from "./paths.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

const SOMETHING: Condition = { kind: "something" };
const YES: Condition = { kind: "constant", value: true };

/** Binds names to what their values say of variables. */
export class JavaScriptBindings extends JavaScriptCalls {
  /** Binds the defaults of a function's parameters. */
  parameters(node: SyntaxNode, scope: Scope): void {
    for (const parameter of nodesOf(node, "params")) {
      const inner = parameter.type === "TSParameterProperty" ? nodeOf(parameter, "parameter") : parameter;
      if (inner?.type !== "AssignmentPattern") {
        const name = identifierName(inner);
        if (name) scope.bind(name, PARAMETER);
        for (const property of inner?.type === "ObjectPattern" ? nodesOf(inner, "properties") : []) {
          const bound = identifierName(nodeOf(property, "value"));
          if (bound) scope.bind(bound, PARAMETER);
        }
        continue;
      }
      const left = nodeOf(inner, "left");
      const right = nodeOf(inner, "right");
      if (left && right) this.bindPattern(left, right, scope);
      // `constructor(private key = process.env.KEY)` is a field as well.
      const field = parameter.type === "TSParameterProperty" ? identifierName(left) : null;
      const held = field ? scope.find(field) : null;
      if (field && held) scope.bind(`this.${field}`, held);
    }
  }

  /** `missing += 1`, `missing++`, `message += "…"` */
  protected count(target: SyntaxNode | null, scope: Scope): void {
    const path = pathOf(target);
    const before = path ? scope.find(path) : null;
    if (path && before && (before.kind === "constant" || isFlag(before)))
      scope.bind(path, { kind: "constant", value: true });
  }

  /** Binds a name, a member such as `this.key`, or the parts of a pattern to a value. */
  protected bindPattern(target: SyntaxNode, value: SyntaxNode, scope: Scope): void {
    const path = pathOf(target);
    if (path) {
      this.#bindFields(path, value, scope);
      for (const [field, told] of this.outcomesOf(value, scope) ?? []) scope.bind(`${path}.${field}`, told);
      scope.bind(path, this.#toldOf(value, scope));
      return;
    }
    if (target.type !== "ObjectPattern") return;
    const isEnv = isEnvironment(value, this.names);
    const source = pathOf(unwrap(value));
    const outcomes = this.outcomesOf(value, scope);
    for (const property of nodesOf(target, "properties")) {
      const key = keyName(property);
      const bound = nodeOf(property, "value");
      const hasDefault = bound?.type === "AssignmentPattern";
      const name = identifierName(hasDefault && bound ? nodeOf(bound, "left") : bound);
      if (!key || !name) continue;
      const told = (source ? scope.find(`${source}.${key}`) : null) ?? outcomes?.get(key);
      const held = told ?? findField(this.project, `${source ?? madeBy(value)}.${key}`, false) ?? SOMETHING;
      // A copy may have other fields beside the variables.
      const known: Condition = isEnv && isEnvName(key) ? { kind: "atom", key, isValue: true } : held;
      scope.bind(name, hasDefault ? YES : known);
    }
  }

  /** What a value says of variables, and whether it is the value of one. */
  #toldOf(value: SyntaxNode, scope: Scope): Condition {
    const key = this.variableIn(value, scope);
    if (key !== null) return { kind: "atom", key, isValue: true };
    const told = this.condition(value, scope);
    return told.kind === "atom" && told.isValue ? { kind: "atom", key: told.key } : told;
  }

  /** Binds the fields of an object that is written out, and those of the objects in it. */
  #bindFields(path: string, value: SyntaxNode, scope: Scope, depth = 0): void {
    const object = unwrap(value);
    if (object.type !== "ObjectExpression" || depth > MAX_NESTED) return;
    for (const property of nodesOf(object, "properties")) {
      const key = keyName(property);
      const given = nodeOf(property, "value");
      if (!key || !given || property.type !== "ObjectProperty") continue;
      scope.bind(`${path}.${key}`, this.#toldOf(given, scope));
      this.#bindFields(`${path}.${key}`, given, scope, depth + 1);
    }
  }
}

/** Objects within the object of a configuration. */
const MAX_NESTED = 3;

/** What a call makes, by its name: "config" of `loadConfig()`. */
function madeBy(value: SyntaxNode): string {
  const node = unwrap(value);
  return isCall(node) ? (calleeName(node) ?? "").replace(/^\.|^.*\./, "") : "";
}
