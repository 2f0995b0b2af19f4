import type { Condition } from "../flow.ts";

/** The key of the position that `sys.argv[1]` reads, or null. */
export function positionRead(text: string): string | null {
  const index = /^sys\.argv\[([1-9])\]$/.exec(text)?.[1];
  return index === undefined ? null : `position ${Number(index) - 1}`;
}

/** Positions of a command line whose number is compared. */
const MAX_POSITIONS = 4;

/**
 * What a comparison of the number of arguments says of their positions: `len(sys.argv) < 2` of the first. Null for any other comparison,
 * and for one with a number that most command lines have.
 */
export function comparedCount(left: string, operator: string, right: string): Condition | null {
  if (!/^len\(sys\.argv\)$/.test(left.slice(0, 20)) || !/^[1-9]$/.test(right)) return null;
  const count = Number(right) - (/^(<=|>|==)$/.test(operator) ? 0 : 1);
  const isLess = /^(<|<=)$/.test(operator) || (operator === "==" && count === 1) || (operator === "!=" && count > 0);
  if (count < 1 || count > MAX_POSITIONS || !(isLess || /^>=?$/.test(operator))) return null;
  const of = Array.from({ length: count }, (_, at): Condition => ({ kind: "atom", key: `position ${at}` }));
  return isLess ? { kind: "not", of: { kind: "and", of } } : { kind: "and", of };
}
