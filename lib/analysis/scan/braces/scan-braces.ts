import { baseName, type TextFile } from "../../fetch/files.ts";
import { isEnvName } from "../../inputs/input-names.ts";
import { readOrSkip } from "../../inputs/unreadable.ts";
import { commentAt } from "../comments.ts";
import { needsOf } from "../flow.ts";
import { atom } from "../project.ts";
import { Scope } from "../scope.ts";
import { addScan, emptyScan, type Flow, isHostingName, type Read, type ScanResult } from "../types.ts";
import { definedProperties, readAnnotations } from "./annotations.ts";
import { UNKNOWN } from "./conditions.ts";
import { readCSharpArguments, readCSharpOptions, takesArguments } from "./csharp-options.ts";
import { isOwnSetting, learnAppSettings, readCSharpSettings } from "./csharp-settings.ts";
import { BraceFlow } from "./flow.ts";
import { type BraceFunction, commandFunctions, functionsOf } from "./functions.ts";
import { type OtherCommands, otherGoCommands } from "./go-commands.ts";
import { learnFlagValues } from "./go-flag-values.ts";
import { learnCliFlags, prefixedReads, readGoFlags, viperReads } from "./go-flags.ts";
import { type GoSettings, readGoSettings, scanGoSettings } from "./go-settings.ts";
import { handedName } from "./handed-on.ts";
import { learnHandedValues } from "./handed-values.ts";
import { readJvmSettings } from "./jvm-settings.ts";
import {
  flagPrefixOf,
  learnConstants,
  learnExits,
  learnFields,
  learnHelpers,
  learnHolders,
  learnLists,
  learnViper,
  PARAMETER_PREFIX,
  type ParsedFile,
  viperPrefix,
} from "./learn.ts";
import type { BraceProject } from "./project.ts";
import { readsOfProperties } from "./readers.ts";
import { readAt } from "./reads.ts";
import { countKnown, learnHanded, learnReturns, newReturns } from "./returns.ts";
import { readRustArguments, readRustPositions } from "./rust-arguments.ts";
import { type ServingLines, servingArguments } from "./rust-commands.ts";
import { readRustSettings } from "./rust-settings.ts";
import { isRunByFramework, learnInjected } from "./spring.ts";
import { readSwiftArguments, servingSwiftCommands } from "./swift-arguments.ts";
import { braceLanguage, type Token, tokenize } from "./tokens.ts";

const MAX_READS = 400;
const MAX_ROUNDS = 3;

/**
 * Reads what Go, Rust, Java, Kotlin, C# and Swift files need of the environment and the command line: calls that read variables,
 * constants for their names, helpers, and the declarations of the usual libraries. A scan of tokens, not a parser: what it
 * does not understand it passes over.
 *
 * @param pause lets other work of the process go on between files
 */
export async function scanBraces(files: readonly TextFile[], pause: () => Promise<void>): Promise<ScanResult> {
  const result = emptyScan();
  const parsed: ParsedFile[] = [];
  const properties = definedProperties(files);
  const project: BraceProject = {
    constants: new Map(),
    helpers: new Map(),
    fields: new Map(),
    bound: new Set(),
    contested: new Set(),
    ownFields: new WeakMap(),
    fallbacks: new Map(),
    returns: new Map(),
    demanding: new Map(),
    options: new Map(),
    lists: new Map(),
    parameters: new Map(),
    given: new Map(),
    exits: new Set(),
    vipers: new Set(["viper", "v"]),
    settings: new Map(),
    values: new Map(),
    handed: new Map(),
    holders: new Set(),
    properties: new Set(),
    injected: new Map(),
    sections: new Map(),
    takesArguments: false,
    flags: new Map(),
    flagHolders: new WeakMap(),
    flagFields: new Map(),
  };
  for (const file of files) {
    const language = braceLanguage(file.path);
    if (language === null) {
      if (file.path.endsWith(".json"))
        readOrSkip(file, result.warnings, () => learnAppSettings(file, project), undefined);
      // A properties file has no code, but names variables itself.
      addScan(
        result,
        readOrSkip(file, result.warnings, () => readAnnotations(file, properties), emptyScan()),
      );
      continue;
    }
    const parse = () => {
      const tokens = tokenize(file.text, language);
      const reads = learnConstants(tokens, language, project).map(
        ({ key, line }): Read => ({
          key,
          path: file.path,
          line,
          fallback: "none",
          value: null,
          isHosting: false,
          comment: null,
        }),
      );
      addScan(result, { reads });
      return [{ file, language, tokens, functions: functionsOf(tokens, language) }];
    };
    parsed.push(...readOrSkip(file, result.warnings, parse, []));
    await pause();
  }
  project.takesArguments = parsed.some(takesArguments);
  for (const one of parsed) learnHolders(one, project);
  // The second time for helpers that call a helper.
  for (const one of [...parsed, ...parsed])
    readOrSkip(one.file, result.warnings, () => learnHelpers(one, project), undefined);
  const prefix = viperPrefix(parsed, project);
  for (const one of parsed) {
    if (one.language !== "go") continue;
    learnViper(one.tokens, prefix, project);
    learnCliFlags(one.tokens, project);
    learnExits(one, project);
  }
  for (const { tokens } of parsed) learnLists(tokens, project);
  for (const { functions } of parsed)
    for (const { name, isProperty } of functions) if (isProperty) project.properties.add(name);
  for (const one of parsed) readOrSkip(one.file, result.warnings, () => learnFields(one, project), undefined);
  for (const one of parsed) learnInjected(one, properties, project);
  learnHandedValues(parsed, project);
  const others = otherGoCommands(parsed.filter(({ language }) => language === "go"));
  const flagPrefix = flagPrefixOf(parsed, project);
  learnFlagValues(parsed, others, flagPrefix, project);
  const isServing = servingArguments(parsed.filter(({ language }) => language === "rust"));
  for (const { file, language } of parsed)
    if (language === "rust") readRustArguments(file, isServing, project.constants, project.options);
  const goSettings = readGoSettings(
    parsed.filter(({ language }) => language === "go"),
    project,
  );
  addScan(
    result,
    readCSharpSettings(
      parsed.filter(({ language }) => language === "csharp"),
      project,
    ),
  );
  // As often as one function passes on what another one returns.
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const learned = newReturns();
    for (const one of parsed) {
      readOrSkip(one.file, result.warnings, () => learnReturns(one, project, learned, round === 0), undefined);
      await pause();
    }
    for (const { language, tokens } of parsed) if (language === "go") learnHanded(tokens, project, learned);
    if (round > 0) learned.demanding = project.demanding;
    const isSettled = countKnown(learned) === countKnown(project);
    project.returns = learned.returns;
    project.values = learned.values;
    project.demanding = learned.demanding;
    if (isSettled) break;
  }
  const programs: Programs = {
    prefix,
    flagPrefix,
    isServing,
    goSettings,
    others,
    commands: new Set(),
    properties,
    swiftCommands: servingSwiftCommands(parsed.filter(({ language }) => language === "swift")),
  };
  for (const { file, tokens } of parsed)
    for (const name of commandFunctions(tokens, (at) => programs.others.has(file.path, at)))
      programs.commands.add(name);
  addScan(
    result,
    readRustSettings(
      parsed.filter(({ language }) => language === "rust"),
      project,
    ),
  );
  for (const one of parsed) {
    addScan(
      result,
      readOrSkip(one.file, result.warnings, () => readFile(one, programs, project), {}),
    );
    await pause();
  }
  result.flows = result.flows.map(laterUnlessNear(result.flows));
  return result;
}

/**
 * Makes what Rust's types do by their names (`Client::new()`) a request's, unless the start of the program calls it, or a function that the
 * start calls. What lies deeper is one command's of many, though calls lead there from the start.
 */
function laterUnlessNear(flows: readonly Flow[]): (flow: Flow) => Flow {
  const callsOf = (some: readonly Flow[]) => new Set(some.flatMap(({ calls }) => calls.map(({ name }) => name)));
  const first = callsOf(flows.filter(({ name, isHandler }) => name === null && !isHandler));
  const second = callsOf(flows.filter(({ name }) => name !== null && first.has(name)));
  const isFar = ({ path, name }: Flow) =>
    path.endsWith(".rs") && (name ?? "").includes(".") && !first.has(name ?? "") && !second.has(name ?? "");
  return (flow) => (isFar(flow) ? { ...flow, isHandler: true } : flow);
}

/** What the files of a program say together. */
interface Programs {
  /** Of variables that viper reads. */
  prefix: string | null;
  /** Of variables that ff reads. */
  flagPrefix: string | null;
  isServing: ServingLines;
  goSettings: GoSettings;
  others: OtherCommands;
  /** Functions that the server's commands run. */
  commands: Set<string>;
  /** Names of the types whose arguments are the server's. */
  swiftCommands: ReadonlySet<string>;
  /** What properties files give a value. */
  properties: ReadonlyMap<string, string>;
}

function readFile(one: ParsedFile, programs: Programs, project: BraceProject): Partial<ScanResult> {
  const { language, tokens, file } = one;
  const { prefix, flagPrefix, isServing, others } = programs;
  const declared =
    language === "go"
      ? readGoFlags(tokens, file, project, others)
      : language === "rust"
        ? readRustArguments(file, isServing, project.constants)
        : language === "swift"
          ? readSwiftArguments(file, tokens, programs.swiftCommands)
          : readAnnotations(file, programs.properties);
  const settings = language === "go" && prefix !== null ? viperReads(tokens, file, prefix, project) : [];
  const prefixed = language === "go" && flagPrefix !== null ? prefixedReads(declared.options, flagPrefix) : emptyScan();
  if (language === "java" || language === "kotlin")
    addScan(declared, readJvmSettings(file, tokens, project, programs.properties));
  if (language === "rust") addScan(declared, { positions: readRustPositions(file, tokens, project) });
  if (language === "csharp") {
    addScan(declared, readCSharpOptions(file, tokens, project));
    addScan(declared, readCSharpArguments(file, tokens, project));
  }
  if (language === "go") addScan(declared, scanGoSettings(file, programs.goSettings, others));
  const { flows, looped } = flowsOf(one, project, programs);
  return {
    ...declared,
    links: [...declared.links, ...prefixed.links],
    reads: [...readsOf(one, project), ...looped, ...declared.reads, ...settings, ...prefixed.reads],
    flows: [...flows, ...demandsOutside(one, project), ...declared.flows],
  };
}

function readsOf({ file, language, tokens, functions }: ParsedFile, project: BraceProject): Read[] {
  const reads: Read[] = [];
  for (const { key, line } of readsOfProperties(language, tokens).slice(0, MAX_READS))
    reads.push({ key, path: file.path, line, fallback: "none", value: null, isHosting: false, comment: null });
  const lines = file.text.split("\n");
  const hosting = functions.filter((one) => isHostingName(one.name));
  for (let at = 0; at < tokens.length && reads.length < MAX_READS; at += 1) {
    const read = readAt(tokens, at, language, project);
    const isName = isEnvName(read?.key ?? "") || (language === "csharp" && isOwnSetting(read?.key ?? ""));
    if (!read || read.isSetting || !isName || read.key.startsWith(PARAMETER_PREFIX)) continue;
    reads.push({
      key: read.key,
      path: file.path,
      line: read.line,
      fallback: read.fallback,
      value: read.value,
      isHosting: hosting.some((one) => at >= one.from && at < one.to),
      comment: commentAt(lines, read.line, "//"),
    });
  }
  return reads;
}

function flowsOf(
  { file, language, tokens, functions }: ParsedFile,
  project: BraceProject,
  { others, commands }: Programs,
): { flows: Flow[]; looped: Read[] } {
  const looped: Read[] = [];
  const isMainFile = /^(main|program)\./i.test(baseName(file.path));
  const named: Flow = {
    path: file.path,
    name: null,
    isHandler: false,
    isHosting: false,
    needs: [[]],
    calls: commandFunctions(tokens, (at) => others.has(file.path, at)).map((name) => ({
      name,
      isCaught: false,
      isBranch: false,
    })),
  };
  // C# and Swift may have their program outside of all functions.
  const isTopLevel =
    isMainFile &&
    (language === "swift" || (language === "csharp" && functions.every((one) => !/^Main$/.test(one.name))));
  // What Swift's ArgumentParser starts.
  const runsCommand = language === "swift" && tokens.some((token) => /^(Async)?ParsableCommand$/.test(token.value));
  const whole: BraceFunction = { name: "", parameters: [], from: 0, to: tokens.length };
  const all = isTopLevel ? [whole, ...functions] : functions;
  const flows = all.flatMap(({ name, owner, parameters, from, to, isHandler }): Flow[] => {
    const isOfFramework = (language === "java" || language === "kotlin") && isRunByFramework(tokens, name, from);
    const given = () => {
      const scope = new Scope(null);
      for (const parameter of parameters) {
        const injected = isOfFramework ? project.injected.get(parameter) : undefined;
        const called = owner === undefined ? name : `${owner}::${name}`;
        const key = injected ?? project.handed.get(`${called} ${parameter}`);
        scope.bind(parameter, key ? atom(key) : UNKNOWN);
      }
      return scope;
    };
    if (isHandler) {
      const needs = needsOf(new BraceFlow(tokens, language, project).lower(from, to, given()));
      return [{ path: file.path, name: null, isHandler: true, isHosting: false, needs, calls: [] }];
    }
    const isRun = runsCommand && name === "run";
    const isNamedStart = /^(main|Main|init)$/.test(name) || (isMainFile && name === "") || isRun || isOfFramework;
    const isStart = isNamedStart && !others.has(file.path, from);
    const endsByReturn = isStart && name !== "init" && !isOfFramework;
    // What a command returns ends the program as well.
    const flow = new BraceFlow(tokens, language, project, isStart || commands.has(name), endsByReturn);
    const needs = needsOf(flow.lower(from, to, given()));
    for (const { key, line } of flow.looped.slice(0, MAX_READS))
      looped.push({ key, path: file.path, line, fallback: "none", value: null, isHosting: false, comment: null });
    const called = owner === undefined ? name : `${owner}.${name}`;
    const about = { path: file.path, name: isStart ? null : called, isHosting: isHostingName(name) };
    const hard: Flow = { ...about, isHandler: false, needs, calls: flow.calls };
    if (isStart) return [hard];
    // An error that a function returns may go no further than its caller, so it is no failure of the start.
    const soft = needsOf(new BraceFlow(tokens, language, project).lower(from, to, given()));
    // A function that is passed on is called by the code that receives it. Only what ends the program fails the start there.
    const handed: Flow[] =
      language === "go" && project.exits.has(name) && soft.length > 0
        ? [{ ...about, name: handedName(name), isHandler: false, needs: soft, calls: [] }]
        : [];
    const isSofter = JSON.stringify(soft) !== JSON.stringify(needs);
    return isSofter ? [hard, ...handed, { ...about, isHandler: true, needs: soft, calls: [] }] : [hard, ...handed];
  });
  return { flows: named.calls.length > 0 ? [named, ...flows] : flows, looped };
}

/**
 * What stands outside of all functions and runs as soon as the program does: Go's package variables, the properties of Kotlin's main file, static
 * members of classes in Java and C#. The initial values of other members are worked out when an object is made.
 */
function demandsOutside({ file, language, tokens, functions }: ParsedFile, project: BraceProject): Flow[] {
  const isOfClasses = language === "java" || language === "csharp";
  const runs =
    language === "go" ||
    isOfClasses ||
    (language === "kotlin" && /^(main|app|application|server)\.kt$/i.test(baseName(file.path)));
  // The statements of C#'s main file are a function's.
  if (!runs || (language === "csharp" && /^program\.cs$/i.test(baseName(file.path)))) return [];
  const sorted = functions.toSorted((a, b) => a.from - b.from);
  const found: Flow[] = [];
  let next = 0;
  for (let at = 0; at < tokens.length && found.length < MAX_READS; at += 1) {
    while ((sorted[next]?.to ?? Number.POSITIVE_INFINITY) < at) next += 1;
    const around = sorted[next];
    if (around && at >= around.from) {
      at = around.to;
      continue;
    }
    const read = readAt(tokens, at, language, project);
    if (!read?.fails || read.fallback !== "none" || read.others) continue;
    const isLater = isOfClasses && !isStaticMember(tokens, at);
    found.push({ path: file.path, name: null, isHandler: isLater, isHosting: false, needs: [[read.key]], calls: [] });
  }
  return found;
}

/** Returns whether a token stands in the initial value of a static member. */
function isStaticMember(tokens: readonly Token[], at: number): boolean {
  for (let index = at; index > at - 40 && index >= 0; index -= 1) {
    const token = tokens[index];
    // Not the semicolons of `{ get; set; }`.
    if (token?.value === ";" && !/^(get|set|init)$/.test(tokens[index - 1]?.value ?? "")) return false;
    if (token?.value === "static" && token.kind === "word") return true;
  }
  return false;
}
