import type { Statement } from "../flow.ts";
import { atom } from "../project.ts";
import type { Scope } from "../scope.ts";
import type { BraceConditions } from "./conditions.ts";
import { listedNamesAt } from "./listed-names.ts";
import { loopHead } from "./loops.ts";
import type { BraceProject } from "./project.ts";
import { readAt } from "./reads.ts";
import type { BraceLanguage, Token } from "./tokens.ts";

type Lower = (from: number, to: number, scope: Scope, depth: number) => Statement[];

/** Goes through loops over variables or their names, once for each of them. One such loop in another would take the product of their lengths. */
export class Rounds {
  /** Variables that are read by the name that a round has for them. */
  readonly looped: { key: string; line: number }[] = [];
  readonly #tokens: readonly Token[];
  readonly #language: BraceLanguage;
  readonly #project: BraceProject;
  readonly #conditions: BraceConditions;
  readonly #lower: Lower;
  #isLooping = false;

  /** @param lower turns the tokens of a loop's body into statements */
  constructor(
    tokens: readonly Token[],
    language: BraceLanguage,
    project: BraceProject,
    conditions: BraceConditions,
    lower: Lower,
  ) {
    this.#tokens = tokens;
    this.#language = language;
    this.#project = project;
    this.#conditions = conditions;
    this.#lower = lower;
  }

  /** What a loop does for each of the names or values that it runs over: `for _, name := range []string{"A_KEY", "A_URL"} {`. */
  each(at: number, open: number, close: number, scope: Scope, depth: number): Statement[] {
    if (this.#isLooping) return [];
    const { variable, names, values } = loopHead(this.#tokens, at, open, this.#language, this.#project);
    if (!variable) return [];
    const body: [number, number] = [open + 1, close];
    if (values.length > 0)
      return this.#rounds(values, (key) => {
        scope.bind(variable, atom(key));
        return this.#lower(...body, scope, depth + 1);
      });
    return /^for/.test(this.#tokens[at]?.value ?? "") ? this.#forNames(names, variable, body, scope, depth) : [];
  }

  /** `listOf("A_KEY", "A_URL").forEach { … }`, or null where no such statement begins. */
  through(at: number, to: number, scope: Scope, depth: number): { statements: Statement[]; end: number } | null {
    const listed = this.#isLooping ? null : listedNamesAt(this.#tokens, at, this.#language, this.#project);
    if (listed?.through !== "each" || listed.end > to) return null;
    const { names, variable, body, end } = listed;
    return { statements: this.#forNames(names, variable, body, scope, depth), end };
  }

  #forNames(
    names: readonly string[],
    variable: string,
    [from, to]: [number, number],
    scope: Scope,
    depth: number,
  ): Statement[] {
    return this.#rounds(names, (name) =>
      this.#conditions.withName(variable, name, () => {
        for (let index = from; index < to; index += 1) {
          const read = readAt(this.#tokens, index, this.#language, this.#project);
          if (read?.key === name) this.looped.push({ key: name, line: read.line });
        }
        return this.#lower(from, to, scope, depth + 1);
      }),
    );
  }

  #rounds(each: readonly string[], run: (one: string) => Statement[]): Statement[] {
    this.#isLooping = true;
    const statements = each.flatMap((one) => roundOf(run(one)));
    this.#isLooping = false;
    return statements;
  }
}

/** One round of a loop: what leaves it goes on with the next one. */
export function roundOf(statements: Statement[]): Statement[] {
  return statements.at(-1)?.kind === "leave" ? statements.slice(0, -1) : statements;
}
