import type { Condition, Statement } from "../flow.ts";
import { Scope } from "../scope.ts";
import { JavaScriptBindings } from "./bindings.ts";
import { MAX_UNROLLED, MAX_UNROLLED_LENGTH } from "./conditions.ts";
import { calleeName, unwrap } from "./env.ts";
import { fieldsOfRows, rowsIn, withRow } from "./rows.ts";
import { identifierName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

const UNKNOWN: Condition = { kind: "unknown" };

/** Lowers loops: one over names, values or objects that are known as its body for each of them. */
export abstract class JavaScriptLoops extends JavaScriptBindings {
  abstract lower(nodes: readonly SyntaxNode[], scope: Scope, isCaught?: boolean): Statement[];
  protected abstract block(node: SyntaxNode | null, scope: Scope, isCaught: boolean): Statement[];

  /** A body that runs any number of times. */
  protected loop(node: SyntaxNode, scope: Scope, isCaught: boolean): Statement[] {
    const inner = new Scope(scope);
    const lowered = this.lower(nodesOf(node, "body"), inner, isCaught);
    scope.join([inner], { isWhole: false, isBlockScoped: true });
    return [{ kind: "if", test: UNKNOWN, consequent: lowered, alternate: null }];
  }

  /** `for (const name of ["A", "B"]) { … process.env[name] … }`: the body once for each name, or null for another loop. */
  protected unrolled(node: SyntaxNode, scope: Scope, isCaught: boolean): Statement[] | null {
    const left = nodeOf(node, "left");
    const declared = left ? nodesOf(left, "declarations").map((one) => nodeOf(one, "id"))[0] : null;
    // `for (const [key, name] of Object.entries({…}))`: the values are what stands last.
    const pattern = declared?.type === "ArrayPattern" ? nodesOf(declared, "elements").at(-1) : (declared ?? left);
    const name = identifierName(pattern ?? null);
    const list = nodeOf(node, "right");
    const body = nodeOf(node, "body");
    return this.repeats.within(
      () =>
        this.forEach(list, name, body, scope, isCaught) ??
        this.forRows(list, declared ?? left, body, scope, isCaught) ??
        this.#forFields(list, name, body, scope, isCaught),
    );
  }

  /** `for (const [name, value] of Object.entries({ a, b })) { if (!value) … }`: the body once for each value. */
  #forFields(
    list: SyntaxNode | null,
    name: string | null,
    body: SyntaxNode | null,
    scope: Scope,
    isCaught: boolean,
  ): Statement[] | null {
    const call = list ? unwrap(list) : null;
    const [object] =
      call && /^Object\.(entries|values)$/.test(calleeName(call) ?? "") ? nodesOf(call, "arguments") : [];
    if (!object || !name || !body || body.end - body.start > MAX_UNROLLED_LENGTH) return null;
    const fields = this.fieldConditions(object, scope);
    if (fields.length === 0 || fields.length > MAX_UNROLLED) return null;
    return fields.flatMap((field) => {
      const inner = new Scope(scope);
      inner.bind(name, field);
      return withoutEnd(this.block(body, inner, isCaught));
    });
  }

  /** `for (const one of TABLE) { if (one.required && !process.env[one.env]) … }`: the body once for each member. */
  protected forRows(
    list: SyntaxNode | null,
    target: SyntaxNode | null,
    body: SyntaxNode | null,
    scope: Scope,
    isCaught: boolean,
  ): Statement[] | null {
    const rows = list ? rowsIn(list, this.project) : [];
    if (!target || !body || rows.length === 0 || rows.length > MAX_UNROLLED) return null;
    if (body.end - body.start > MAX_UNROLLED_LENGTH) return null;
    const fields = fieldsOfRows(rows);
    const inner = new Scope(scope);
    return rows.flatMap((row) => withoutEnd(this.block(withRow(body, target, row, fields), inner, isCaught)));
  }

  protected forEach(
    list: SyntaxNode | null,
    name: string | null,
    body: SyntaxNode | null,
    scope: Scope,
    isCaught: boolean,
  ): Statement[] | null {
    const texts = list ? this.texts(list) : null;
    if (!texts || !name || !body || body.end - body.start > MAX_UNROLLED_LENGTH) return null;
    const inner = new Scope(scope);
    return texts.flatMap((text) => withoutEnd(this.block(this.withText(body, name, text), inner, isCaught)));
  }
}

/** Drops returns: inside an inlined function they leave only that function. */
export function withoutEnd(statements: Statement[]): Statement[] {
  return statements.at(-1)?.kind === "leave" ? statements.slice(0, -1) : statements;
}
