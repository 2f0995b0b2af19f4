import type { TextFile } from "../../fetch/files.ts";
import { readOrSkip } from "../../inputs/unreadable.ts";
import { calleeName, functionName, isCall, isEnvironment, isFunction } from "./env.ts";
import { childrenOf, identifierName, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

interface ParsedFile {
  file: TextFile;
  root: SyntaxNode;
  /** Names that hold the environment in this file. */
  environment: Set<string>;
}

/** A function can hand the environment on to another one. */
const MAX_ROUNDS = 3;
const MAX_PARAMETERS_READ = 6;
/** Bundles shorten parameters to one letter, which means something else in every function. */
const ENVIRONMENT_NAME = /env(?:iron(?:ment)?)?$/i;

/**
 * Adds to each file the parameters that get the environment from a caller, which can stand in another file: `readSettings(process.env)`
 * for `function readSettings(env) {…}`. Only parameters that are named after the environment count.
 */
export function addEnvironmentParameters(files: readonly ParsedFile[]): void {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    // A file that is nested too deeply to be read says so when it is read itself.
    const given = new Set(files.flatMap((one) => readOrSkip(one.file, [], () => listGiven(one), [])));
    if (given.size === 0) return;
    const before = countNames(files);
    for (const one of files) readOrSkip(one.file, [], () => addParameters(one, given), undefined);
    if (countNames(files) === before) return;
  }
}

/** Lists where calls pass the environment: "readSettings 0". */
function listGiven({ root, environment }: ParsedFile): string[] {
  const given: string[] = [];
  walk(root, (node) => {
    if (!isCall(node) && node.type !== "NewExpression") return;
    const callee = toFunctionName(calleeName(node));
    if (callee === null) return;
    nodesOf(node, "arguments")
      .slice(0, MAX_PARAMETERS_READ)
      .forEach((argument, at) => {
        if (isEnvironment(argument, environment)) given.push(`${callee} ${at}`);
      });
  });
  return given;
}

/** Returns the name that a callee has where it is defined: ".load" and "Settings.load" are methods named "load". */
function toFunctionName(callee: string | null): string | null {
  if (callee === null || callee.endsWith(".constructor")) return callee;
  return callee.slice(callee.lastIndexOf(".") + 1);
}

function addParameters({ root, environment }: ParsedFile, given: ReadonlySet<string>): void {
  walk(root, (parent) => {
    for (const node of childrenOf(parent)) {
      if (!isFunction(node)) continue;
      const name = functionName(node, parent);
      if (name === null) continue;
      nodesOf(node, "params").forEach((parameter, at) => {
        const own = identifierName(parameter.type === "AssignmentPattern" ? nodeOf(parameter, "left") : parameter);
        if (own !== null && ENVIRONMENT_NAME.test(own) && given.has(`${name} ${at}`)) environment.add(own);
      });
    }
    if (!/^Class(?:Declaration|Expression)$/.test(parent.type)) return;
    addConstructorParameters(parent, environment, given);
  });
}

/** `new Settings(process.env)` */
function addConstructorParameters(node: SyntaxNode, environment: Set<string>, given: ReadonlySet<string>): void {
  const name = identifierName(nodeOf(node, "id"));
  const body = nodeOf(node, "body");
  const maker = body && nodesOf(body, "body").find((member) => member.kind === "constructor");
  if (!maker) return;
  nodesOf(maker, "params").forEach((parameter, at) => {
    const inner = parameter.type === "TSParameterProperty" ? nodeOf(parameter, "parameter") : parameter;
    const own = identifierName(inner?.type === "AssignmentPattern" ? nodeOf(inner, "left") : inner);
    if (own !== null && ENVIRONMENT_NAME.test(own) && given.has(`${name}.constructor ${at}`)) environment.add(own);
  });
}

function countNames(files: readonly ParsedFile[]): number {
  return files.reduce((count, { environment }) => count + environment.size, 0);
}
