import { readOrSkip } from "../../inputs/unreadable.ts";
import { type EnvNames, isEnvironment, pythonCallee } from "./env.ts";
import type { ParsedFile } from "./learn.ts";
import { definitionName, type PythonTree, parametersOf, walkPython } from "./syntax.ts";

/** A function can hand the environment on to another one. */
const MAX_ROUNDS = 3;
/** A parameter of another name may get something else elsewhere. */
const ENVIRONMENT_NAME = /env(?:iron(?:ment)?)?$/i;

/**
 * Adds to each file the parameters that get the environment from a caller, which can stand in another file: `load(os.environ)` for
 * `def load(env): …`. Only parameters that are named after the environment count.
 */
export function addEnvironmentParameters(files: readonly ParsedFile[]): void {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const given = new Set(files.flatMap((one) => readOrSkip(one.file, [], () => listGiven(one), [])));
    if (given.size === 0) return;
    const added = files.map((one) => readOrSkip(one.file, [], () => addParameters(one.tree, one.names, given), 0));
    if (added.every((count) => count === 0)) return;
  }
}

/** Lists where calls pass the environment: "load 0", "load env". */
function listGiven({ tree, names }: ParsedFile): string[] {
  const given: string[] = [];
  walkPython(tree.root, (node) => {
    const call = tree.call(node);
    if (!call) return;
    const callee = (pythonCallee(node, tree) ?? "").split(".").at(-1) ?? "";
    let at = 0;
    for (const { name, value } of call.args) {
      if (isEnvironment(value, tree, names)) given.push(`${names.aliases.get(callee) ?? callee} ${name ?? at}`);
      if (name === null) at += 1;
    }
  });
  return given;
}

function addParameters(tree: PythonTree, names: EnvNames, given: ReadonlySet<string>): number {
  let added = 0;
  walkPython(tree.root, (node) => {
    if (node.name !== "FunctionDefinition") return;
    const { name, className } = definitionName(tree, node);
    // A class is called by its name.
    const called = name === "__init__" && className ? className : name;
    for (const [at, parameter] of parametersOf(tree, node).entries()) {
      if (!ENVIRONMENT_NAME.test(parameter.name)) continue;
      if (!given.has(`${called} ${at}`) && !given.has(`${called} ${parameter.name}`)) continue;
      const known = names.environs.get(parameter.name) ?? [];
      if (known.some(({ from, to }) => from <= node.from && to >= node.to)) continue;
      names.environs.set(parameter.name, [...known, node]);
      added += 1;
    }
  });
  return added;
}
