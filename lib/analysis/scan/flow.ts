/** What a condition says about the presence of values. An atom is the name of an environment variable. */
export type Condition =
  /** That a variable is set. `isValue`: what says so is the variable's own value, not something that was made of it. */
  | { kind: "atom"; key: string; isValue?: true }
  | { kind: "not"; of: Condition }
  | { kind: "and" | "or"; of: Condition[] }
  /** A literal, with its text where it is one. */
  | { kind: "constant"; value: boolean; text?: string }
  /**
   * Something other than a variable that is present or absent: another way to give the value, an object made earlier, or a setting that
   * is changed to a word.
   */
  | { kind: "something"; setting?: { key: string; word: string } }
  /** A comparison, or anything else that says nothing about presence. */
  | { kind: "unknown" };

/** That a variable which is a switch is set. Nothing of a credential hangs on its presence. */
export const SWITCH: Condition = { kind: "something" };

export type Statement =
  /** Throws, or ends the process with an error. */
  | { kind: "fail" }
  /** Returns, or ends the process without an error. */
  | { kind: "leave" }
  /** An assertion. */
  | { kind: "demand"; condition: Condition }
  | { kind: "if"; test: Condition; consequent: Statement[]; alternate: Statement[] | null };

/**
 * Values that a piece of a program needs in order not to fail: branches, each a set of keys, one of which must be
 * given. `[]` always fails, `[[]]` needs nothing. A key that begins with "?" stands for something other than a variable.
 */
export type Needs = string[][];

const FREE_NEEDS: Needs = [[]];
const NEVER_NEEDS: Needs = [];
const SOMETHING_ELSE = "?";
/** Five choices of two that are all needed. */
const MAX_BRANCHES = 32;
const MAX_PRODUCT = 64;
const MAX_KEYS = 16;

const MAX_OPERANDS = 24;

/** A condition that holds when one of several does. Equal parts count once: a value that is often assigned stays small. */
export function anyOf(conditions: readonly Condition[]): Condition {
  return joinConditions("or", conditions);
}

/** A condition that holds when all of several do. */
export function allOf(conditions: readonly Condition[]): Condition {
  return joinConditions("and", conditions);
}

function joinConditions(kind: "and" | "or", conditions: readonly Condition[]): Condition {
  const parts: Condition[] = [];
  for (const one of conditions.flatMap((condition) => (condition.kind === kind ? condition.of : [condition]))) {
    const isKnown = parts.some(
      (part) => part === one || (one.kind === "atom" && part.kind === "atom" && part.key === one.key),
    );
    if (!isKnown) parts.push(one);
  }
  if (parts.length > MAX_OPERANDS) return { kind: "something" };
  const [only] = parts;
  return only && parts.length === 1 ? only : withinBounds({ kind, of: parts });
}

/** Parts of one condition, each counted as often as it occurs. Nothing that a person wrote comes near. */
const MAX_PARTS = 2_000;
const sizes = new WeakMap<Condition, number>();

/**
 * Returns a condition, or one that says nothing in the place of one that is too large: a value that is made of itself again and again
 * (`a = (a || b) && (a || c)`) doubles with every line.
 */
export function withinBounds(condition: Condition): Condition {
  const parts = condition.kind === "and" || condition.kind === "or" ? condition.of : [];
  const size = parts.reduce((sum, part) => sum + sizeOf(part), 1);
  if (size > MAX_PARTS) return { kind: "something" };
  sizes.set(condition, size);
  return condition;
}

function sizeOf(condition: Condition): number {
  return sizes.get(condition) ?? (condition.kind === "not" ? 1 + sizeOf(condition.of) : 1);
}

/** Stands between the words of a setting that has to be one of several. */
export const WORD_SEPARATOR = "|";

/** Returns what a sequence of statements needs in order not to fail. */
export function needsOf(statements: readonly Statement[], depth = 0): Needs {
  const refused: Needs = [];
  const needs = needsOfEach(statements, depth, refused);
  const possible = needs.filter((branch) => !refused.some((keys) => keys.every((key) => branch.includes(key))));
  return possible.length > 0 ? possible : needs;
}

/** @param refused collects the variables with which a statement fails, each set for itself: `if (a && b) throw …` */
function needsOfEach(statements: readonly Statement[], depth: number, refused: Needs): Needs {
  let needs = FREE_NEEDS;
  for (const [index, statement] of statements.entries()) {
    if (depth > 60) return needs;
    if (statement.kind === "fail") return NEVER_NEEDS;
    if (statement.kind === "leave") return needs;
    if (statement.kind === "demand") {
      needs = both(needs, present(statement.condition));
      continue;
    }
    const { test, consequent, alternate } = statement;
    const bodies = [needsOf(consequent, depth + 1), needsOf(alternate ?? [], depth + 1)] as const;
    if (bodies[0].length === 0) refused.push(...suffices(test).slice(0, MAX_BRANCHES));
    // Where both arms leave, one of them is taken whatever the test says.
    const areBoth = leaves(consequent) && leaves(alternate ?? []);
    const arms = [
      { met: present(test, leaves(consequent) && !areBoth), body: consequent, needs: bodies[0] },
      { met: absent(test, leaves(alternate ?? []) && !areBoth), body: alternate ?? [], needs: bodies[1] },
    ];
    if (arms.some((arm) => leaves(arm.body))) {
      const rest = needsOf(statements.slice(index + 1), depth + 1);
      const through = arms.map((arm) => both(both(arm.met, arm.needs), leaves(arm.body) ? FREE_NEEDS : rest));
      return both(needs, either(through[0] ?? NEVER_NEEDS, through[1] ?? NEVER_NEEDS));
    }
    const rest = statements.slice(index + 1);
    // `for (const one of list) { if (one.key) return one; } throw …`: what fails in the end has ways to leave before.
    const parted = [consequent, alternate ?? []].map((body) => (mayLeave(body) && failsInTheEnd(rest) ? body : null));
    if (parted.some((body) => body !== null)) {
      const met = [present(test, true), absent(test, true)];
      const early = parted.map((body, at) =>
        body ? both(met[at] ?? NEVER_NEEDS, needsOf([...body, { kind: "fail" }], depth + 1)) : NEVER_NEEDS,
      );
      // A way that hangs on something else as well, such as what a file holds, is none that a form can offer.
      const open = early.map((ways) => ways.map((way) => (way.some(isUnnamed) ? [SOMETHING_ELSE] : way)));
      return both(needs, [...open, needsOf(rest, depth + 1)].reduce(either));
    }
    const through = arms.map((arm) => both(arm.met, arm.needs));
    needs = both(needs, either(through[0] ?? NEVER_NEEDS, through[1] ?? NEVER_NEEDS));
  }
  return needs;
}

/** Returns whether statements fail unless they leave before. */
function failsInTheEnd(statements: readonly Statement[]): boolean {
  return statements.find(({ kind }) => kind === "fail" || kind === "leave")?.kind === "fail";
}

/** What is known of statements that may break off anywhere, as in a `try` whose errors are caught: they may return before they do. */
export function waysToLeave(statements: readonly Statement[]): Statement[] {
  const consequent: Statement[] = [{ kind: "leave" }];
  return mayLeave(statements) ? [{ kind: "if", test: { kind: "unknown" }, consequent, alternate: null }] : [];
}

/** Nesting of statements that is looked at for a way to leave. */
const MAX_LEAVING_DEPTH = 4;

/** Returns whether statements leave on some way through them. */
function mayLeave(statements: readonly Statement[], depth = 0): boolean {
  if (depth > MAX_LEAVING_DEPTH) return false;
  return statements.some(
    (one) =>
      one.kind === "leave" ||
      (one.kind === "if" && (mayLeave(one.consequent, depth + 1) || mayLeave(one.alternate ?? [], depth + 1))),
  );
}

/** The sets of variables with each of which a condition holds, whatever else is given. */
function suffices(condition: Condition, depth = 0): Needs {
  if (depth > MAX_SUFFICING_DEPTH) return NEVER_NEEDS;
  switch (condition.kind) {
    case "atom":
      return [[condition.key]];
    case "not":
      return condition.of.kind === "not" ? suffices(condition.of.of, depth + 1) : NEVER_NEEDS;
    case "or":
      return condition.of
        .slice(0, MAX_BRANCHES)
        .flatMap((one) => suffices(one, depth + 1))
        .slice(0, MAX_BRANCHES);
    case "and":
      return condition.of.reduce<Needs>((sets, one) => {
        const more = isTrue(one) ? FREE_NEEDS : suffices(one, depth + 1);
        return sets.flatMap((left) => more.map((right) => [...left, ...right])).slice(0, MAX_BRANCHES);
      }, FREE_NEEDS);
    default:
      return NEVER_NEEDS;
  }
}

/** Nesting of a condition that is looked at for what makes it true. */
const MAX_SUFFICING_DEPTH = 4;

function isTrue(condition: Condition): boolean {
  return condition.kind === "constant" && condition.value;
}

/** Returns whether a key of some needs stands for something other than a variable. */
export function isUnnamed(key: string): boolean {
  return key.startsWith(SOMETHING_ELSE);
}

/**
 * Removes the branches with non-variables, unless no other branch is left. A setting that has to be changed for a branch belongs to the
 * variables that the branch needs. Where a change of settings is all that helps, as with a placeholder that the code refuses, they are
 * what is needed.
 */
export function namedNeeds(needs: Needs): Needs {
  // With something else in the place of a variable, a branch needs the less.
  const told = simplify(
    needs.flatMap((branch) => {
      const known = branch.filter((key) => key !== SOMETHING_ELSE);
      return known.length > 0 || branch.length === 0 ? [known] : [];
    }),
  );
  const isKept = (branch: string[]) => branch.length === 0 || branch.some((key) => !isUnnamed(key));
  const kept = told.filter(isKept);
  const named = kept.length > 0 ? kept : told;
  return simplify(
    named.map((branch) => [...new Set(branch.flatMap((key) => (isUnnamed(key) ? settingOf(key) : key)))]),
  );
}

/** Returns needs with other names for their keys, also for the settings that have to be changed. Null where a key has no other name. */
export function renamedNeeds(needs: Needs, names: ReadonlyMap<string, string>): Needs | null {
  const renamed = needs.map((branch) =>
    branch.map((key) => {
      const [setting] = isUnnamed(key) ? settingOf(key) : [];
      if (setting === undefined) return isUnnamed(key) ? key : names.get(key);
      const name = names.get(setting);
      return name && `${SOMETHING_ELSE}${name}${key.slice(key.indexOf("="))}`;
    }),
  );
  const known = renamed.map((branch) => branch.flatMap((key) => key ?? []));
  return known.every((branch, at) => branch.length === renamed[at]?.length) ? known : null;
}

/** Returns the settings that have to be changed to a word for some needs. */
export function settingsIn(needs: Needs): string[] {
  return needs.flat().flatMap((key) => (isUnnamed(key) ? settingOf(key) : []));
}

function settingOf(key: string): string[] {
  const at = key.indexOf("=");
  return at < 0 ? [] : [key.slice(SOMETHING_ELSE.length, at)];
}

function leaves(statements: readonly Statement[], depth = 0): boolean {
  const last = statements.at(-1);
  if (last?.kind !== "if" || depth > 60) return last?.kind === "leave";
  return last.alternate !== null && leaves(last.consequent, depth + 1) && leaves(last.alternate, depth + 1);
}

/**
 * Judged conditions. A value that is made of itself again and again (`a = a || a`) is a graph in which each part occurs
 * many times: without these, every line of it would double the time.
 */
const judged = { present: newJudged(), absent: newJudged() };

function newJudged() {
  return { leaving: new WeakMap<Condition, Needs>(), staying: new WeakMap<Condition, Needs>() };
}

/** Returns what makes a condition true. Before a return, even a comparison is only one case and frees nothing. */
function present(condition: Condition, beforeLeaving = false): Needs {
  return judgeOnce(judged.present, judgePresent, condition, beforeLeaving);
}

/** Returns what makes a condition false. Omitting a value needs nothing. */
function absent(condition: Condition, beforeLeaving = false): Needs {
  return judgeOnce(judged.absent, judgeAbsent, condition, beforeLeaving);
}

function judgeOnce(
  { leaving, staying }: ReturnType<typeof newJudged>,
  judge: (condition: Condition, beforeLeaving: boolean) => Needs,
  condition: Condition,
  beforeLeaving: boolean,
): Needs {
  const known = beforeLeaving ? leaving : staying;
  const needs = known.get(condition) ?? judge(condition, beforeLeaving);
  known.set(condition, needs);
  return needs;
}

function judgePresent(condition: Condition, beforeLeaving: boolean): Needs {
  switch (condition.kind) {
    case "atom":
      return [[condition.key]];
    case "not":
      return absent(condition.of, beforeLeaving);
    case "and":
      return condition.of.reduce<Needs>((needs, one) => both(needs, present(one, beforeLeaving)), FREE_NEEDS);
    case "or":
      return condition.of.reduce<Needs>((needs, one) => either(needs, present(one, beforeLeaving)), NEVER_NEEDS);
    case "constant":
      return condition.value ? FREE_NEEDS : NEVER_NEEDS;
    case "something":
      return [[SOMETHING_ELSE + (condition.setting ? `${condition.setting.key}=${condition.setting.word}` : "")]];
    case "unknown":
      return beforeLeaving ? [[SOMETHING_ELSE]] : FREE_NEEDS;
  }
}

function judgeAbsent(condition: Condition, beforeLeaving: boolean): Needs {
  switch (condition.kind) {
    case "atom":
    case "something":
      return FREE_NEEDS;
    case "not":
      return present(condition.of, beforeLeaving);
    case "and":
      return condition.of.reduce<Needs>((needs, one) => either(needs, absent(one, beforeLeaving)), NEVER_NEEDS);
    case "or":
      return condition.of.reduce<Needs>((needs, one) => both(needs, absent(one, beforeLeaving)), FREE_NEEDS);
    case "constant":
      return condition.value ? NEVER_NEEDS : FREE_NEEDS;
    case "unknown":
      return beforeLeaving ? [[SOMETHING_ELSE]] : FREE_NEEDS;
  }
}

/** Returns whether a condition holds when nothing is given. */
export function holdsByItself(condition: Condition): boolean {
  return present(condition).some((branch) => branch.length === 0);
}

/** What is needed where something with needs runs under a condition alone: that, or what makes the condition false. */
export function needsUnder(condition: Condition, needs: Needs): Needs {
  return either(both(present(condition), needs), absent(condition));
}

/** What is needed for something with needs to run under a condition. */
export function needsWithin(condition: Condition, needs: Needs): Needs {
  return both(present(condition), needs);
}

/** What is needed for two things at once. */
export function bothNeeds(a: Needs, b: Needs): Needs {
  return both(a, b);
}

function either(a: Needs, b: Needs): Needs {
  return simplify([...a, ...b]);
}

function both(a: Needs, b: Needs): Needs {
  if (a.length === 1 && a[0]?.length === 0) return b;
  if (b.length === 1 && b[0]?.length === 0) return a;
  if (a.length * b.length > MAX_PRODUCT) return FREE_NEEDS;
  const joined = a.flatMap((left) => b.map((right) => [...new Set([...left, ...right])]));
  return simplify(joined.filter((branch) => !isImpossible(branch)));
}

/** Returns whether a branch needs a setting to have two words at once. */
function isImpossible(branch: readonly string[]): boolean {
  const words = new Map<string, readonly string[]>();
  return branch.some((key) => {
    const [setting] = isUnnamed(key) ? settingOf(key) : [];
    const own = key.slice(key.indexOf("=") + 1);
    if (setting === undefined || own === "") return false;
    const asked = own.split(WORD_SEPARATOR);
    const left = words.get(setting)?.filter((word) => asked.includes(word)) ?? asked;
    words.set(setting, left);
    return left.length === 0;
  });
}

/** Drops branches that contain another. Needs that grow beyond the bounds count as needing nothing. */
function simplify(needs: Needs): Needs {
  const unique = needs.filter(
    (branch, index) =>
      !needs.some(
        (other, at) =>
          at !== index && other.every((key) => branch.includes(key)) && (other.length < branch.length || at < index),
      ),
  );
  return unique.length > MAX_BRANCHES || unique.some((branch) => branch.length > MAX_KEYS) ? FREE_NEEDS : unique;
}
