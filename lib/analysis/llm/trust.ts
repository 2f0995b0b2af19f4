import type { Draft } from "../types.ts";
import type { ModelInput } from "./answer.ts";

/** The share of the facts that an answer has to be right about. A model that reads the files is right about nearly all. */
const MIN_RIGHT = 0.9;
/** A service on the machine itself is where nobody's service is, whatever the code says. */
const OF_MACHINE = /\b(localhost|127\.0\.0\.1|0\.0\.0\.0|host\.docker\.internal)\b/;

/**
 * Returns whether an answer is right about what the code leaves no doubt of: a value with a default of its own, and a switch, are not
 * required. An answer that turns findings around, or that asks for whatever the files name, is wrong about these. One about a server
 * that has no such input is not believed.
 *
 * @param claims what the answer says of each input, by target and key
 */
export function isTrusted(claims: ReadonlyMap<string, readonly ModelInput[]>, draft: Draft): boolean {
  const told = draft.inputs.flatMap((input) => {
    const isSettled =
      !input.required &&
      ((input.default !== null && !OF_MACHINE.test(input.default.slice(0, 500))) ||
        (input.target === "arg" && input.type === "boolean"));
    const required = isSettled ? agreedRequired(claims.get(`${input.target}:${input.key}`) ?? []) : null;
    return required === null ? [] : [!required];
  });
  const right = told.filter((isRight) => isRight).length;
  return right > 0 && right >= told.length * MIN_RIGHT;
}

/** Returns what all claims about an input say, or null where they say nothing or contradict each other. */
export function agreedRequired(claims: readonly ModelInput[]): boolean | null {
  const [first, ...others] = claims.flatMap((claim) => (claim.required === null ? [] : [claim.required]));
  return first === undefined || others.some((other) => other !== first) ? null : first;
}
