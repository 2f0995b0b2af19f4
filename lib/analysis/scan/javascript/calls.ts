import { Guards, opposite } from "../guards.ts";
import type { Scope } from "../scope.ts";
import type { Call, Chain } from "../types.ts";
import { JavaScriptDemands } from "./demands.ts";
import { calleeName, isCall, isFunction, isMember } from "./env.ts";
import { comparesWord } from "./paths.ts";
import { childrenOf, keyName, nodeOf, type SyntaxNode } from "./syntax.ts";

/** Nesting of one expression whose calls are recorded. */
const MAX_NESTING = 60;

/** Records the calls that code makes, and what has to hold for each. */
export class JavaScriptCalls extends JavaScriptDemands {
  readonly calls: Call[] = [];
  protected readonly guards = new Guards();
  /** The arm of a chain in which the code at hand stands. */
  protected arm: Call["arm"] = null;

  /** Records the calls in an expression, but not functions that are only passed on. */
  protected note(node: SyntaxNode, scope: Scope, isCaught: boolean, depth = 0, inBranch = false): void {
    if (depth > MAX_NESTING || isFunction(node)) return;
    if (isCall(node) || node.type === "NewExpression") {
      const name = calleeName(node);
      if (name) this.calls.push({ name, isCaught, isBranch: inBranch, arm: this.arm, under: this.guards.current });
    }
    const read = isMember(node) ? keyName(node) : null;
    if (read && this.project.getters.has(read))
      this.calls.push({ name: `.${read}`, isCaught, isBranch: inBranch, arm: this.arm, under: this.guards.current });
    if (node.type === "ConditionalExpression") {
      this.#noteArms(node, { arms: 0, isWhole: true }, scope, isCaught, depth);
      return;
    }
    const left = node.type === "LogicalExpression" ? nodeOf(node, "left") : null;
    const right = node.type === "LogicalExpression" ? nodeOf(node, "right") : null;
    if (left && right) {
      this.note(left, scope, isCaught, depth + 1, inBranch);
      const given = this.condition(left, scope);
      this.guards.within(node.operator === "&&" ? given : opposite(given), () =>
        this.note(right, scope, isCaught, depth + 1, true),
      );
      return;
    }
    for (const child of childrenOf(node)) this.note(child, scope, isCaught, depth + 1, inBranch);
  }

  /** Records the calls of `a ? b() : c ? d() : e()` as those of an if/else chain. */
  #noteArms(node: SyntaxNode, chain: Chain, scope: Scope, isCaught: boolean, depth: number): void {
    const test = nodeOf(node, "test");
    const consequent = nodeOf(node, "consequent");
    const alternate = nodeOf(node, "alternate");
    if (!test || !consequent || !alternate) return;
    const outer = this.arm;
    this.note(test, scope, isCaught, depth + 1, true);
    const given = this.condition(test, scope);
    const noteArm = (arm: SyntaxNode, isNamed: boolean) => {
      this.arm = { chain, at: chain.arms, isNamed };
      chain.arms += 1;
      this.note(arm, scope, isCaught, depth + 1, true);
    };
    this.guards.within(given, () => noteArm(consequent, comparesWord(test)));
    this.guards.within(opposite(given), () => {
      if (alternate.type !== "ConditionalExpression" || depth >= MAX_NESTING) noteArm(alternate, false);
      else this.#noteArms(alternate, chain, scope, isCaught, depth + 1);
    });
    this.arm = outer;
  }
}
