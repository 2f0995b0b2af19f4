import { allOf, anyOf, type Condition, type Statement } from "../flow.ts";
import { atom, type SchemaField, type Switch, tellsOfVariables } from "../project.ts";
import type { Scope } from "../scope.ts";
import { underSwitch } from "../switches.ts";
import { JavaScriptConditions } from "./conditions.ts";
import { demandOfFields } from "./demanded-fields.ts";
import { calleeName, isCall, isFunction, literalText, unwrap } from "./env.ts";
import { namesHanded } from "./list-helpers.ts";
import { pathOf } from "./paths.ts";
import { childrenOf, identifierName, keyName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

/** Functions and classes that throw for undefined as their first argument, of Node and of libraries that many servers use. */
const FAILS_ON_NOTHING =
  /^(URL|JSON\.parse|Buffer\.from|(fs\.)?(readFile|readFileSync|mkdirSync)|(path\.)?(resolve|dirname|basename|join)|Connection|MongoClient|mongoose\.connect|neon|bs58\.decode|(ethers\.)?Wallet|privateKeyToAccount)$/;
const MAX_DEPTH = 60;

/** What an expression needs of the environment in order not to throw when it is evaluated. */
export class JavaScriptDemands extends JavaScriptConditions {
  /**
   * Returns the demands of an expression and of all its parts, each under the condition on which the part is evaluated at all:
   * `process.env.A ?? fail()`, `{ key: requireEnv("A") }`, `a ? new A(requireEnv("A")) : new B(requireEnv("B"))`,
   * `process.env.A.split(",")`.
   */
  protected demands(expression: SyntaxNode, scope: Scope, depth = 0): Statement[] {
    const node = unwrap(expression);
    if (depth > MAX_DEPTH || isFunction(node)) return [];
    if (this.fails(node, scope)) return [{ kind: "fail" }];
    const inner = (part: SyntaxNode | null) => (part ? this.demands(part, scope, depth + 1) : []);
    if (node.type === "LogicalExpression") {
      const left = nodeOf(node, "left");
      const right = inner(nodeOf(node, "right"));
      if (!left || right.length === 0) return inner(left);
      const test = this.condition(left, scope);
      return [...inner(left), whenever(test, node.operator === "&&" ? [right, []] : [[], right])];
    }
    if (node.type === "ConditionalExpression") {
      const test = nodeOf(node, "test");
      const arms = [inner(nodeOf(node, "consequent")), inner(nodeOf(node, "alternate"))] as const;
      if (!test || arms.every((arm) => arm.length === 0)) return inner(test);
      return [...inner(test), whenever(this.condition(test, scope), arms)];
    }
    const parts = childrenOf(node).flatMap(inner);
    const own = this.#dereferencedKey(node, scope);
    const condition: Condition | null =
      own === null
        ? (this.#helped(node, scope) ?? this.#handed(node, scope) ?? this.#handedFields(node, scope))
        : { kind: "atom", key: own };
    const isCheck = own === null && isCall(node) && CHECKING.test(calleeName(node) ?? "");
    const checked = isCheck ? this.#checked(node, scope) : null;
    return [
      ...parts,
      ...[condition, checked].flatMap((one): Statement[] => (one ? [{ kind: "demand", condition: one }] : [])),
    ];
  }

  /** The fields of an object without which the called function fails: `new Client({ apiKey: process.env.X })`. */
  #handedFields(node: SyntaxNode, scope: Scope): Condition | null {
    const name = isCall(node) || node.type === "NewExpression" ? calleeName(node) : null;
    const demanded = name === null ? null : this.project.demandedFields.get(name);
    const argument = demanded ? nodesOf(node, "arguments")[demanded.at] : undefined;
    if (!demanded || !argument) return null;
    return demandOfFields(demanded.needs, (field) => this.#fieldOf(argument, field, scope)?.told ?? null);
  }

  /** What a schema demands of an object that it checks: `configSchema.parse({ apiKey: process.env.X })`. */
  #checked(node: SyntaxNode, scope: Scope): Condition | null {
    const callee = nodeOf(node, "callee");
    const args = nodesOf(node, "arguments");
    const [schema, object] = [callee && nodeOf(callee, "object"), ...args];
    const own = this.project.schemas.get(identifierName(schema ?? null) ?? "");
    // `v.parse(schema, object)`
    const fields = own ?? this.project.schemas.get(identifierName(object ?? null) ?? "");
    const checked = own ? object : args[1];
    const told = fields && checked ? this.#fieldsDemanded(fields, checked, scope) : [];
    return told.length > 0 ? allOf(told) : null;
  }

  /** `const result = schema.safeParse({ … })`: `result.success` holds with what the schema demands. */
  protected override outcomesOf(call: SyntaxNode, scope: Scope): ReadonlyMap<string, Condition> | null {
    const node = unwrap(call);
    const isCheck = isCall(node) && /\.safeParse(Async)?$/.test(calleeName(node) ?? "");
    const told = isCheck ? this.#checked(node, scope) : null;
    if (!told) return super.outcomesOf(call, scope);
    return new Map([
      ["success", told],
      ["error", { kind: "not", of: told }],
    ]);
  }

  #fieldsDemanded(fields: readonly SchemaField[], object: SyntaxNode, scope: Scope): Condition[] {
    return fields.slice(0, MAX_FIELDS).flatMap((field) => {
      const found = this.#fieldOf(object, field.name, scope);
      if (!found) return [];
      if (field.fields.length > 0 && found.value) return this.#fieldsDemanded(field.fields, found.value, scope);
      const isEmptied = !field.refusesEmpty && found.value !== null && mayBeEmpty(unwrap(found.value));
      return tellsOfVariables(found.told) && !isEmptied ? [found.told] : [];
    });
  }

  /** What a field of an object holds, which is written out or has a name here. */
  #fieldOf(object: SyntaxNode, field: string, scope: Scope): { told: Condition; value: SyntaxNode | null } | null {
    const node = unwrap(object);
    if (node.type === "ObjectExpression") {
      const property = nodesOf(node, "properties").find((one) => keyName(one) === field);
      const value = property ? nodeOf(property, "value") : null;
      return value && { told: this.condition(value, scope), value };
    }
    const path = pathOf(node);
    const told = path ? (scope.find(`${path}.${field}`) ?? this.project.constants.get(`${path}.${field}`)) : null;
    const { start, end } = node;
    const property: SyntaxNode = { type: "Identifier", name: field, start, end };
    const value: SyntaxNode = { type: "MemberExpression", object: node, property, computed: false, start, end };
    return told ? { told, value } : null;
  }

  /** The argument without which the called function fails: `must(process.env.X, "X")`, `new Client(process.env.X)`. */
  #handed(node: SyntaxNode, scope: Scope): Condition | null {
    const name = isCall(node) || node.type === "NewExpression" ? calleeName(node) : null;
    const demanding = name === null ? null : this.project.demanding.get(name);
    const argument = demanding ? nodesOf(node, "arguments")[demanding.at] : undefined;
    const told = argument ? this.condition(argument, scope) : null;
    return told && tellsOfVariables(told) ? this.#under(told, demanding?.hangsOn, node, scope) : null;
  }

  /** What a call demands of a function whose demand may hang on a switch, given by itself or in an object of options. */
  #under(told: Condition, hangsOn: Switch | null | undefined, call: SyntaxNode, scope: Scope): Condition | null {
    if (!hangsOn) return told;
    const argument = nodesOf(call, "arguments")[hangsOn.at];
    const options = argument?.type === "ObjectExpression" ? nodesOf(argument, "properties") : null;
    const property = options?.find((one) => keyName(one) === hangsOn.name);
    const given = options ? (property ? nodeOf(property, "value") : null) : argument;
    return underSwitch(told, hangsOn, given ? this.condition(given, scope) : null);
  }

  /** The variable that a helper demands, or each of several: `requireEnv("X")`, `requireAll(["X", "Y"])`. */
  #helped(node: SyntaxNode, scope: Scope): Condition | null {
    const names = isCall(node) ? namesHanded(node, this.project) : [];
    if (names.length > 0) return allOf(names.map(atom));
    const found = isCall(node) ? this.helper(node) : null;
    if (!found || found.hasFallback || !(found.helper.fails || found.helper.hangsOn)) return null;
    const told = anyOf(found.keys.map((key): Condition => ({ kind: "atom", key })));
    return this.#under(told, found.helper.hangsOn, node, scope);
  }

  /** The variable whose absence throws where it is used: `process.env.X.split(",")`, `new URL(process.env.X)`. */
  #dereferencedKey(node: SyntaxNode, scope: Scope): string | null {
    let used: SyntaxNode | null = null;
    if (node.type === "MemberExpression") used = nodeOf(node, "object");
    else if (isCall(node) || node.type === "NewExpression") {
      const args = nodesOf(node, "arguments");
      const name = pathOf(nodeOf(node, "callee")) ?? "";
      const isGivenBase = name === "URL" && args.length > 1;
      // Supabase takes an address and a key, and throws without either; the clients of the same name take an object.
      const isAddressAndKey = name === "createClient" && args.length > 1;
      if ((FAILS_ON_NOTHING.test(name) && !isGivenBase) || isAddressAndKey) used = args[0] ?? null;
    }
    return used && this.variableIn(used, scope);
  }
}

const CHECKING = /\.(parse|parseAsync|validateSync|assert)$/;
/** Fields of one object that are looked at. */
const MAX_FIELDS = 60;

/** Returns whether a value is an empty text where there is none: `process.env.X ?? ""`. */
function mayBeEmpty(node: SyntaxNode): boolean {
  return node.type === "LogicalExpression" && literalText(nodeOf(node, "right")) === "";
}

function whenever(test: Condition, [consequent, alternate]: readonly [Statement[], Statement[]]): Statement {
  return { kind: "if", test, consequent, alternate };
}
