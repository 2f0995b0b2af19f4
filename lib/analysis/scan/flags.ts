import type { Surroundings } from "./collecting.ts";
import { allOf, anyOf, type Condition, holdsByItself } from "./flow.ts";
import { opposite } from "./guards.ts";
import { tellsOfChoices, tellsOfVariables } from "./project.ts";
import type { Scope } from "./scope.ts";

/** Values that were put together by {@link noteFlags}. */
const flags = new WeakSet<Condition>();

/** Returns whether a value is a flag or a count that checks of variables have set. */
export function isFlag(value: Condition): boolean {
  return flags.has(value);
}

/** What was assigned in one arm of a conditional, and under which condition the arm runs. */
export interface Assigned {
  scope: Scope;
  under: Condition;
}

/** What is assigned where nothing is given, as far as that is known. */
export function takenOf(arms: readonly Assigned[]): Scope | null {
  return arms.find(({ under }) => tellsOfChoices(under) && holdsByItself(under))?.scope ?? null;
}

/**
 * Lets a name tell of variables that is only set where one of them is missing: `if (!process.env.A) ok = false;` makes `ok` say that A is
 * there, as a list does that is filled.
 *
 * @param before what the names held before the conditional
 * @param surroundings the conditions around the conditional
 * @param isMadeHere whether a name holds nothing but what the code at hand makes for it: `client = None`, and then `if key: client = Client(key)`
 */
export function noteFlags(
  scope: Scope,
  before: (name: string) => Condition | null,
  arms: readonly Assigned[],
  surroundings: Surroundings,
  isMadeHere: (name: string, under: Condition) => boolean = () => false,
): void {
  for (const name of new Set(arms.flatMap((arm) => arm.scope.ownNames()))) {
    let told = before(name);
    for (const { scope: own, under } of arms) {
      const given = own.own(name);
      const condition = given && surroundings.join(under);
      const isMade =
        condition && given?.kind === "something" && tellsOfVariables(condition) && isMadeHere(name, condition);
      if (given) told = told && condition && flagAfter(told, isMade ? MADE : given, condition);
    }
    if (told && told.kind !== "constant") {
      flags.add(told);
      scope.rebind(name, told);
    }
  }
}

/** An object that is made is there. */
const MADE: Condition = { kind: "constant", value: true };

function flagAfter(before: Condition, given: Condition, under: Condition): Condition | null {
  if (given.kind !== "constant" || !tellsOfVariables(under)) return null;
  if (before.kind === "constant") return before.value === given.value ? before : given.value ? under : opposite(under);
  if (!flags.has(before)) return null;
  return given.value ? anyOf([before, under]) : allOf([before, opposite(under)]);
}

/** What the comparison of a flag or a count with a literal says: `missing > 0`, `ok === false`. Null for any other value. */
export function compareFlag(value: Condition, operator: string, literal: string): Condition | null {
  if (!flags.has(value)) return null;
  const isNothing = /^(0|false)$/i.test(literal);
  if (/^(>|>=)$/.test(operator)) return value;
  if (!/^([!=]==?|is|is not)$/.test(operator)) return null;
  const isNegated = operator.startsWith("!") || operator === "is not";
  return isNothing === isNegated ? value : opposite(value);
}
