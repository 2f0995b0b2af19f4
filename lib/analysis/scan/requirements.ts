import { isSecretName } from "../inputs/input-names.ts";
import type { RepositoryPackage } from "../inspect/repository-package.ts";
import { bothNeeds, type Condition, holdsByItself, type Needs, namedNeeds, needsUnder, needsWithin } from "./flow.ts";
import { tellsOfChoices, tellsOfVariables } from "./project.ts";
import type { Call, Chain, Flow } from "./types.ts";

export interface Requirements {
  /** Keys without which the server exits at start. */
  atStart: Set<string>;
  /** Keys without which something fails later. */
  later: Set<string>;
  /** Those of them without which all tools of the server answer with an error. */
  byAllTools: Set<string>;
  /** Groups, each with branches, one of which has to be given. */
  alternatives: string[][][];
  /** Those of them that only some request fails without. */
  lateAlternatives: Set<string[][]>;
  /** Groups of parts that may each stay off, of which one has to be given so that the server does anything. */
  parts: string[][][];
  /** Choices of one request, of which another request always needs one way. */
  met: string[][][];
  /** Groups of which the code can do without all. */
  choices: string[][][];
}

const MAX_ALTERNATIVES = 4;
const MAX_DEMANDING = 200;
const MAX_AMBIGUOUS = 3;

/**
 * Derives what a server requires from what its functions demand and when they run: from the start, only for a request,
 * or where a failure is caught and only one part stays off.
 */
export function findRequirements(
  flows: Flow[],
  entries: readonly string[],
  commands: RepositoryPackage["commands"],
): Requirements {
  const demands: Requirements = {
    atStart: new Set(),
    later: new Set(),
    byAllTools: new Set(),
    alternatives: [],
    lateAlternatives: new Set(),
    parts: [],
    choices: [],
    met: [],
  };
  const started = startedFlows(flows, entries, commands);
  const parts: Part[] = [];
  const index = indexCalls(flows);
  const demanding = flows.flatMap((flow) => {
    const needs = flow.isHosting ? [] : namedNeeds(flow.needs);
    return isFree(needs) ? [] : [{ flow, needs }];
  });
  const steps = { left: MAX_CALLER_STEPS };
  const services = new Set<string>();
  const refused: Needs[] = [];
  const chains = new Map<Chain, Map<number, ArmNeeds>>();
  for (const { flow, needs: own } of demanding.slice(0, MAX_DEMANDING)) {
    const counted = countedCalls(flow, index, started);
    const [first] = counted;
    if (first?.arm && counted.length === 1) {
      const arms = chains.get(first.arm.chain) ?? new Map<number, ArmNeeds>();
      chains.set(first.arm.chain, arms.set(first.arm.at, joinArm(arms.get(first.arm.at), own, first.under)));
    }
    const needs = namedNeeds(guardedNeeds(own, flow, index, started, steps));
    if (isFree(needs)) continue;
    const atStart = counted.filter((call) => started.has(call.from));
    // One of several implementations, which a setting names, is made only where it is wanted.
    const isChosen = counted.length === 1 && first?.arm?.isNamed === true && isConstructor(flow);
    if (counted.length > 0 && counted.every((call) => call.isCaught))
      parts.push({ needs, isTried: atStart.length > 0, callers: new Set(counted.map((call) => call.from)) });
    else {
      const isAtStart = started.has(flow) && !isChosen;
      if (flow.isRefusal && !isAtStart) {
        refused.push(needs);
        continue;
      }
      note(needs, isAtStart ? demands.atStart : demands.later, demands);
      const [only, ...others] = needs.flat();
      if (!isAtStart && only !== undefined && others.length === 0 && isSecretName(only)) services.add(only);
    }
  }
  for (const { needs, isByAll } of neededByMostTools(flows, index)) {
    note(needs, demands.later, demands);
    if (isByAll && needs.length === 1) for (const key of needs.flat()) demands.byAllTools.add(key);
  }
  noteRefused(refused, demands, services);
  joinParts(parts, demands);
  joinServices([...services], demands);
  for (const [chain, arms] of chains) if (arms.size > 1) excludeEachOther(chain, arms, demands);
  // What is needed anyway is no choice.
  const isMet = (branches: string[][]) => branches.some((branch) => branch.every((key) => demands.atStart.has(key)));
  const isMetLater = (branches: string[][]) =>
    demands.lateAlternatives.has(branches) &&
    branches.filter((branch) => branch.every((key) => demands.later.has(key))).length === 1;
  demands.met = demands.alternatives.filter(isMetLater);
  demands.alternatives = demands.alternatives.filter((branches) => !isMet(branches) && !isMetLater(branches));
  return demands;
}

/** Functions that answer with errors, of all files of a server, that are looked at. */
const MAX_ANSWERING = 400;

/**
 * What most tools of a server need in order not to answer with an error, each by itself or by what it always calls. What one tool of many
 * needs opens a part of the server.
 */
function neededByMostTools(flows: readonly Flow[], index: CallIndex): { needs: Needs; isByAll: boolean }[] {
  const tools = flows.filter(({ isTool, isHosting }) => isTool && !isHosting);
  const reached = new Map<string, { needs: Needs; by: Set<Flow> }>();
  const callersOf = (flow: Flow) =>
    callsOf(flow, index).flatMap(({ from, arm, isBranch }) => (arm || isBranch || from.isHosting ? [] : [from]));
  for (const flow of flows.filter(({ answers }) => answers).slice(0, MAX_ANSWERING)) {
    const needs = namedNeeds(flow.answers ?? []);
    if (isFree(needs)) continue;
    const known = reached.get(JSON.stringify(needs)) ?? { needs, by: new Set() };
    reached.set(JSON.stringify(needs), known);
    const callers = flow.isTool ? [] : callersOf(flow).slice(0, MAX_ANSWERING);
    for (const one of [flow, ...callers]) if (one.isTool && !one.isHosting) known.by.add(one);
  }
  return [...reached.values()]
    .filter(({ by }) => by.size > tools.length / 2)
    .map(({ needs, by }) => ({ needs, isByAll: by.size === tools.length }));
}

/**
 * Notes what tools need that answer without it that they cannot do their work. A server that checks other values when it starts has
 * left out these on purpose.
 */
function noteRefused(refused: readonly Needs[], demands: Requirements, services: Set<string>): void {
  const { atStart, alternatives } = demands;
  if (alternatives.length > 0 || atStart.size > 0) return;
  for (const needs of refused) {
    note(needs, demands.later, demands);
    const [only, ...others] = needs.flat();
    if (only !== undefined && others.length === 0 && isSecretName(only)) services.add(only);
  }
}

/** Returns whether needs can be met with nothing, or not at all. */
function isFree(needs: Needs): boolean {
  return needs.length === 0 || needs.some((branch) => branch.length === 0);
}

/** The calls of a flow that tell when it runs: those at start, where there are any, and sure ones before those that may never happen. */
function countedCalls(flow: Flow, index: CallIndex, started: ReadonlySet<Flow>): CallOf[] {
  const all = callsOf(flow, index);
  const sure = all.filter((call) => !call.isBranch);
  const calls = sure.length > 0 ? sure : all;
  const atStart = calls.filter((call) => started.has(call.from));
  return atStart.length > 0 ? atStart : calls;
}

const MAX_CALLERS = 12;
const MAX_CALLER_DEPTH = 5;
/** Steps from a flow to one that calls it, for all flows of a server. */
const MAX_CALLER_STEPS = 5_000;

/**
 * What a flow needs, seen from the start of the program: where all its calls stand behind `if (process.env.A)`, nothing without A, and
 * what stands in the `else` of that is needed instead of A.
 */
function guardedNeeds(
  needs: Needs,
  flow: Flow,
  index: CallIndex,
  started: ReadonlySet<Flow>,
  steps: { left: number },
  path: readonly Flow[] = [],
): Needs {
  if (path.length >= MAX_CALLER_DEPTH || path.includes(flow) || steps.left <= 0) return needs;
  const calls = countedCalls(flow, index, started);
  steps.left -= 1 + calls.length;
  if (calls.length === 0 || calls.length > MAX_CALLERS) return needs;
  const seen = calls.map((call) => {
    const here = call.under ? needsUnder(call.under, needs) : needs;
    return isFree(here) ? here : guardedNeeds(here, call.from, index, started, steps, [...path, flow]);
  });
  return seen.reduce(bothNeeds);
}

/** What one arm of a chain needs. */
interface ArmNeeds {
  needs: Needs;
  /** A setting has the word by itself for which it runs. */
  isOwn: boolean;
}

/** Adds what a function needs to what the arm needs in which alone it is called, with the settings that have to be changed for it. */
function joinArm(known: ArmNeeds | undefined, own: Needs, under: Condition | null | undefined): ArmNeeds {
  const isOfWord = under !== null && under !== undefined && tellsOfChoices(under) && !tellsOfVariables(under);
  const needs = isOfWord ? namedNeeds(needsWithin(under, own)) : own;
  return {
    needs: known ? bothNeeds(known.needs, needs) : needs,
    isOwn: known?.isOwn === true || (isOfWord && holdsByItself(under)),
  };
}

/** Turns what the arms of a chain demand into a choice: only one of them runs. */
function excludeEachOther(chain: Chain, arms: ReadonlyMap<number, ArmNeeds>, demands: Requirements): void {
  const branches = [...arms.values()].flatMap(({ needs }) => needs);
  const shared = (branches[0] ?? []).filter((key) => branches.every((branch) => branch.includes(key)));
  const own = branches.map((branch) => branch.filter((key) => !shared.includes(key)));
  for (const key of own.flat()) for (const known of [demands.atStart, demands.later]) known.delete(key);
  if (own.some((branch) => branch.length === 0)) return;
  const isDemanded = (chain.isWhole && arms.size === chain.arms) || [...arms.values()].some(({ isOwn }) => isOwn);
  if (isDemanded) addGroup(own, demands.alternatives);
  else demands.choices.push(own);
}

/** Adds the keys that all branches share as required; the rest becomes a group. */
function note(needs: Needs, into: Set<string>, demands: Requirements): void {
  const [first = [], ...others] = needs;
  const shared = first.filter((key) => others.every((branch) => branch.includes(key)));
  for (const key of shared) into.add(key);
  if (needs.length < 2) return;
  const count = demands.alternatives.length;
  const group = addGroup(
    needs.map((branch) => branch.filter((key) => !shared.includes(key))),
    demands.alternatives,
  );
  if (!group) return;
  // What is demanded at start as well is no feature's.
  if (into === demands.atStart) demands.lateAlternatives.delete(group);
  else if (demands.alternatives.length > count) demands.lateAlternatives.add(group);
}

/** Adds a group unless it is there already. @returns it as it is kept, or null where it says nothing or there are too many */
function addGroup(branches: string[][], groups: string[][][]): string[][] | null {
  if (branches.some((branch) => branch.length === 0)) return null;
  const idOf = (group: string[][]) => JSON.stringify(group.map((branch) => [...branch].sort()).sort());
  const known = groups.find((group) => idOf(group) === idOf(branches));
  if (known) return known;
  if (groups.length >= MAX_ALTERNATIVES) return null;
  groups.push(branches);
  return branches;
}

/** What a function needs whose failure each of its callers catches. */
interface Part {
  needs: Needs;
  isTried: boolean;
  callers: ReadonlySet<Flow>;
}

/**
 * Joins parts that may fail alone. A single part that is tried at start, with nothing else demanded, is what the server
 * is for. Of several, one has to be configured.
 */
function joinParts(parts: readonly Part[], demands: Requirements): void {
  const joined = joinSteps(parts);
  const distinct = joined.filter(
    (part, index) => joined.findIndex((other) => JSON.stringify(other.needs) === JSON.stringify(part.needs)) === index,
  );
  const [only] = distinct;
  if (!only) return;
  const keys = distinct.map((part) => new Set(part.needs.flat()));
  const areApart = keys.every((one, index) =>
    keys.every((other, at) => at === index || ![...one].some((key) => other.has(key))),
  );
  if (distinct.length === 1) {
    const isMain = only.isTried && demands.atStart.size === 0 && demands.alternatives.length === 0;
    note(only.needs, isMain ? demands.atStart : demands.later, demands);
  } else if (areApart)
    addGroup(
      distinct.flatMap((part) => part.needs),
      demands.parts,
    );
}

/**
 * Joins parts that the same requests call, which need both: the credentials of a request, and then its headers. What a program tries at
 * start, one after the other, may stay off.
 */
function joinSteps(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const at = joined.findIndex((known) => !known.isTried && !part.isTried && isSame(known.callers, part.callers));
    const known = joined[at];
    if (known) joined[at] = { ...known, needs: bothNeeds(known.needs, part.needs) };
    else joined.push(part);
  }
  return joined;
}

function isSame(some: ReadonlySet<Flow>, others: ReadonlySet<Flow>): boolean {
  return some.size === others.size && [...some].every((flow) => others.has(flow));
}

/** Services of which a server that is about none of them speaks to several. */
const MIN_SERVICES = 3;

/**
 * Joins credentials that requests fail without, each alone, and that are of different services: TAVILY_API_KEY, BRAVE_API_KEY,
 * KAGI_API_KEY. Each opens its own tools, so one of them is enough.
 */
function joinServices(keys: readonly string[], demands: Requirements): void {
  const names = new Set(keys.map((key) => key.split("_")[0]));
  const isOfOne =
    [...demands.atStart].some(isSecretName) || demands.alternatives.length > 0 || demands.parts.length > 0;
  if (isOfOne || names.size < MIN_SERVICES || names.size < keys.length || keys.length > MAX_SERVICES) return;
  for (const key of keys) demands.later.delete(key);
  addGroup(
    keys.map((key) => [key]),
    demands.parts,
  );
}

const MAX_SERVICES = 24;

function isConstructor({ name }: Flow): boolean {
  return /\.(__init__|constructor)$/.test(name ?? "");
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

type CallOf = Call & { from: Flow };

/** Calls by the last part of the name that is called. */
type CallIndex = ReadonlyMap<string, readonly CallOf[]>;

function indexCalls(flows: readonly Flow[]): CallIndex {
  const index = new Map<string, CallOf[]>();
  for (const from of flows)
    for (const call of from.calls) {
      const last = lastPart(call.name);
      const known = index.get(last);
      if (known) known.push({ ...call, from });
      else index.set(last, [{ ...call, from }]);
    }
  return index;
}

function callsOf(flow: Flow, index: CallIndex): CallOf[] {
  const { name } = flow;
  if (name === null) return [];
  // Python calls a class by its name.
  const owner = name.endsWith(".__init__") ? lastPart(name.slice(0, -".__init__".length)) : null;
  const candidates = [lastPart(name), ...(owner === null ? [] : [owner])].flatMap((last) => index.get(last) ?? []);
  return candidates.filter((call) => call.from !== flow && isCallOf(call.name, name));
}

function isCallOf(call: string, name: string): boolean {
  if (call === name) return true;
  if (call.startsWith(".")) return lastPart(name) === call.slice(1);
  // Python calls a class by its name, JavaScript with `new`.
  return name === `${call}.__init__` || (!call.includes(".") && name === call);
}

/**
 * Returns the flows that run at start: file-level code, functions that a script names, and everything that these call.
 */
function startedFlows(flows: Flow[], entries: readonly string[], commands: RepositoryPackage["commands"]): Set<Flow> {
  const named = new Set(commands.map((command) => command.target.split(":")[1] ?? "").filter((name) => name !== ""));
  // A file that the program only imports does not run what it would do as a program of its own. Where the entry file only hands on what
  // another one defines, that one tells.
  const isBegun = flows.some(
    ({ name, path, isProgram }) => entries.includes(path) && (isProgram === true || (name !== null && named.has(name))),
  );
  const isImported = (flow: Flow) => flow.isProgram === true && isBegun && !entries.includes(flow.path);
  const isStart = (flow: Flow) =>
    flow.name === null ? !flow.isHandler && !isImported(flow) : named.has(flow.name) && entries.includes(flow.path);
  const started = new Set(flows.filter(isStart));
  const byLast = new Map<string, Flow[]>();
  const add = (name: string, flow: Flow) => {
    const known = byLast.get(name);
    if (known) known.push(flow);
    else byLast.set(name, [flow]);
  };
  const followed = new Set<string>();
  for (const flow of flows) {
    if (flow.name === null) continue;
    const last = lastPart(flow.name);
    add(last, flow);
    if (isConstructor(flow)) {
      const owner = flow.name.slice(0, flow.name.lastIndexOf("."));
      add(owner, flow);
    }
  }
  const queue = [...started];
  for (let flow = queue.shift(); flow; flow = queue.shift()) {
    for (const call of flow.calls) {
      // Calls of one name lead to the same functions.
      if (call.isCaught || followed.has(call.name)) continue;
      followed.add(call.name);
      const targets = byLast.get(lastPart(call.name).replace(/^constructor$/, call.name.split(".")[0] ?? "")) ?? [];
      // A method that many classes have is called on one of them, and which one is not known.
      if (call.name.startsWith(".") && targets.length > MAX_AMBIGUOUS) continue;
      for (const target of targets) {
        if (started.has(target) || target.isHandler || !isCallOf(call.name, target.name ?? "")) continue;
        started.add(target);
        queue.push(target);
      }
    }
  }
  return started;
}
