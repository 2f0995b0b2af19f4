/**
 * What a condition in a program says of the presence of values. An atom is the name of an environment variable.
 */
export type Condition =
  | { kind: "atom"; key: string }
  | { kind: "not"; of: Condition }
  | { kind: "and" | "or"; of: Condition[] }
  | { kind: "constant"; value: boolean }
  /** Something that is there or not, and that is no variable: another way to give the same, or an object made before. */
  | { kind: "something" }
  /** A comparison and whatever else says nothing of presence. */
  | { kind: "unknown" };

export type Statement =
  /** Throws, raises, or ends the process with an error. */
  | { kind: "fail" }
  /** Returns, or ends the process without one. */
  | { kind: "leave" }
  /** An assertion. */
  | { kind: "demand"; condition: Condition }
  | { kind: "if"; test: Condition; consequent: Statement[]; alternate: Statement[] | null };

/**
 * What has to be given for a piece of a program to get through: one of the branches, each a set of keys. `[]` means that it
 * never gets through, `[[]]` that it needs nothing. The key "?" stands for something that is no variable.
 */
export type Needs = string[][];

const free: Needs = [[]];
const never: Needs = [];
const somethingElse = "?";
const maxBranches = 12;
const maxProduct = 64;
const maxKeys = 16;

/** What a sequence of statements needs to get through without failing. */
export function needsOf(statements: readonly Statement[], depth = 0): Needs {
  let needs = free;
  for (const [index, statement] of statements.entries()) {
    if (depth > 60) return needs;
    if (statement.kind === "fail") return never;
    if (statement.kind === "leave") return needs;
    if (statement.kind === "demand") {
      needs = both(needs, present(statement.condition));
      continue;
    }
    const { test, consequent, alternate } = statement;
    const arms = [
      { met: present(test, leaves(consequent)), body: consequent },
      { met: absent(test, leaves(alternate ?? [])), body: alternate ?? [] },
    ];
    if (arms.some((arm) => leaves(arm.body))) {
      const rest = needsOf(statements.slice(index + 1), depth + 1);
      const through = arms.map((arm) =>
        both(both(arm.met, needsOf(arm.body, depth + 1)), leaves(arm.body) ? free : rest),
      );
      return both(needs, either(through[0] ?? never, through[1] ?? never));
    }
    const through = arms.map((arm) => both(arm.met, needsOf(arm.body, depth + 1)));
    needs = both(needs, either(through[0] ?? never, through[1] ?? never));
  }
  return needs;
}

/** The needs without what is no variable: a way through without any is kept only where it is the only one. */
export function namedNeeds(needs: Needs): Needs {
  const named = needs.filter((branch) => branch.length === 0 || branch.some((key) => key !== somethingElse));
  return simplify(named.map((branch) => branch.filter((key) => key !== somethingElse)));
}

function leaves(statements: readonly Statement[]): boolean {
  return statements.at(-1)?.kind === "leave";
}

/** What makes a condition true. In front of a return even a comparison is one case among others and frees nothing. */
function present(condition: Condition, beforeLeaving = false): Needs {
  switch (condition.kind) {
    case "atom":
      return [[condition.key]];
    case "not":
      return absent(condition.of, beforeLeaving);
    case "and":
      return condition.of.reduce<Needs>((needs, one) => both(needs, present(one, beforeLeaving)), free);
    case "or":
      return condition.of.reduce<Needs>((needs, one) => either(needs, present(one, beforeLeaving)), never);
    case "constant":
      return condition.value ? free : never;
    case "something":
      return [[somethingElse]];
    case "unknown":
      return beforeLeaving ? [[somethingElse]] : free;
  }
}

/** What makes a condition false. Leaving a value away needs nothing. */
function absent(condition: Condition, beforeLeaving = false): Needs {
  switch (condition.kind) {
    case "atom":
    case "something":
      return free;
    case "not":
      return present(condition.of, beforeLeaving);
    case "and":
      return condition.of.reduce<Needs>((needs, one) => either(needs, absent(one, beforeLeaving)), never);
    case "or":
      return condition.of.reduce<Needs>((needs, one) => both(needs, absent(one, beforeLeaving)), free);
    case "constant":
      return condition.value ? never : free;
    case "unknown":
      return beforeLeaving ? [[somethingElse]] : free;
  }
}

function either(a: Needs, b: Needs): Needs {
  return simplify([...a, ...b]);
}

function both(a: Needs, b: Needs): Needs {
  if (a.length === 1 && a[0]?.length === 0) return b;
  if (b.length === 1 && b[0]?.length === 0) return a;
  if (a.length * b.length > maxProduct) return free;
  return simplify(a.flatMap((left) => b.map((right) => [...new Set([...left, ...right])])));
}

/** Drops branches that ask for more than another one; what grows beyond bounds is taken to need nothing. */
function simplify(needs: Needs): Needs {
  const unique = needs.filter(
    (branch, index) =>
      !needs.some(
        (other, at) =>
          at !== index && other.every((key) => branch.includes(key)) && (other.length < branch.length || at < index),
      ),
  );
  return unique.length > maxBranches || unique.some((branch) => branch.length > maxKeys) ? free : unique;
}
