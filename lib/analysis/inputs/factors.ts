const MAX_BRANCHES = 256;
/** More combinations than these are no choice for a person. */
const MAX_WAYS = 12;
/** Two choices at once can still be read as pairs, and their keys often belong together. */
const MIN_FACTORS = 3;

/**
 * Parts ways that are every combination of several choices into these choices: of `a || b`, `c || d` and `e || f`, all of which are needed,
 * there are eight ways, but three choices of two. Returns the ways as they are where they are no such combination, and none where they are
 * too many.
 */
export function toFactors(branches: readonly string[][]): string[][][] {
  const factors: string[][][] = [];
  let rest = branches.map((branch) => [...new Set(branch)]);
  const isFew = rest.length < 2 ** MIN_FACTORS;
  if (isFew || rest.length > MAX_BRANCHES || rest.every((branch) => branch.length === 1)) return [rest];
  for (const key of rest[0] ?? []) {
    const choice = choiceOf(key, rest);
    const left = choice && withoutChoice(choice, rest);
    if (!choice || !left) continue;
    factors.push(choice.map((one) => [one]));
    rest = left;
  }
  if (rest.some((branch) => branch.length > 0)) factors.push(rest);
  if (factors.length >= MIN_FACTORS) return factors;
  return branches.length > MAX_WAYS ? [] : [branches.map((branch) => [...branch])];
}

/** A key with those that never stand beside it, where each way has exactly one of them. */
function choiceOf(key: string, branches: readonly string[][]): string[] | null {
  const beside = new Set(branches.flatMap((branch) => (branch.includes(key) ? branch : [])));
  const choice = [key, ...new Set(branches.flat().filter((one) => !beside.has(one)))];
  const isOne = branches.every((branch) => branch.filter((one) => choice.includes(one)).length === 1);
  return choice.length > 1 && isOne ? choice : null;
}

/** The ways without a choice, where every way of the choice goes with each of them; null where it does not. */
function withoutChoice(choice: readonly string[], branches: readonly string[][]): string[][] | null {
  const left = new Map<string, { branch: string[]; count: number }>();
  for (const branch of branches) {
    const others = branch.filter((one) => !choice.includes(one));
    const id = [...others].sort().join(" ");
    const known = left.get(id);
    if (known) known.count += 1;
    else left.set(id, { branch: others, count: 1 });
  }
  return [...left.values()].every(({ count }) => count === choice.length)
    ? [...left.values()].map(({ branch }) => branch)
    : null;
}
