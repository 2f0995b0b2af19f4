import type { TextFile } from "../../fetch/files.ts";
import type { InputFinding } from "../../inputs/findings.ts";
import { isEnvName, isProgramFlag, isTransportName } from "../../inputs/input-names.ts";
import { isPlaceholder } from "../../inputs/placeholders.ts";
import { emptyScan, type ScanResult } from "../types.ts";
import { type EnvNames, envRead } from "./env.ts";
import { type Argument, argument, childrenOf, type PyNode, type PythonTree, walkPython } from "./syntax.ts";

const MAX_OPTIONS = 60;

/** Reads the flags that click, typer and argparse declare, with the variables that do the same. */
export function readPythonOptions(tree: PythonTree, file: TextFile, names: EnvNames): ScanResult {
  const result = emptyScan();
  const hasCommands = /\.add_subparsers\(|@\w+\.group\(/.test(tree.text(tree.root));
  let position = 0;
  walkPython(tree.root, (node) => {
    result.links.push(...linkAt(node, tree, names));
    const call = tree.call(node) ?? tree.decorator(node);
    if (!call || result.options.length >= MAX_OPTIONS) return;
    const callee = /([\w]+)$/.exec(tree.text(call.callee))?.[1] ?? "";
    if (!/^(option|Option|add_argument)$/.test(callee)) return;
    const written = call.args.filter((one) => one.name === null).flatMap((one) => tree.string(one.value) ?? []);
    const flag = written.find((text) => text.startsWith("--"))?.split("/")[0];
    const told = optionFacts(call.args, tree);
    const key = flag ?? (callee === "Option" ? typerFlag(node, tree) : null);
    if (key) addOption(key, node, told, call.args, tree, file, names, result);
    else if (callee === "add_argument" && written[0] && /^[a-z][\w-]*$/i.test(written[0]) && !hasCommands) {
      result.options.push(positional(position, written[0], node, told, call.args, tree, file));
      position += 1;
    }
  });
  result.options = result.options.filter(
    (option) =>
      !isProgramFlag(option.key) &&
      !isTransportName(option.key) &&
      !/^--(http|sse|stdio|stateless|path)$/.test(option.key),
  );
  return result;
}

interface OptionFacts {
  isRequired: boolean;
  fallback: string | null;
  description: string | null;
  isSwitch: boolean;
  isNumber: boolean;
  choices: string[] | null;
  variable: string | null;
}

function optionFacts(args: Argument[], tree: PythonTree): OptionFacts {
  const text = (name: string) => {
    const node = argument(args, name);
    return node ? tree.text(node) : "";
  };
  const variable = argument(args, "envvar");
  const choices = argument(args, "choices") ?? argument(args, "type");
  const list = choices ? [...tree.text(choices).matchAll(/["']([\w.:/-]+)["']/g)].map((match) => match[1] ?? "") : [];
  return {
    isRequired: text("required") === "True",
    fallback: tree.literal(argument(args, "default")),
    description: tree.string(argument(args, "help")),
    isSwitch: /store_(true|false)/.test(text("action")) || text("is_flag") === "True" || /^bool$/.test(text("type")),
    isNumber: /^(int|float|click\.(INT|FLOAT))$/.test(text("type")),
    choices: /Choice|^\[|^\(|^\{/.test(choices ? tree.text(choices) : "") && list.length > 0 ? list : null,
    variable: variable ? (tree.string(variable) ?? tree.string(childrenOf(variable)[1] ?? null)) : null,
  };
}

function addOption(
  key: string,
  node: PyNode,
  told: OptionFacts,
  args: Argument[],
  tree: PythonTree,
  file: TextFile,
  names: EnvNames,
  result: ScanResult,
): void {
  const line = tree.line(node);
  const isDemanded = told.isRequired && told.fallback === null;
  result.options.push({
    ...base(key, line, file, told),
    required: told.isRequired,
    whenMissing: isDemanded ? "fails" : told.fallback !== null ? "default" : "unknown",
    template: told.isSwitch ? key : null,
  });
  if (told.variable && isEnvName(told.variable)) {
    result.links.push({ key: told.variable, flag: key });
    result.reads.push({
      key: told.variable,
      path: file.path,
      line,
      fallback: told.fallback !== null ? "literal" : "none",
      value: told.fallback,
      isHosting: isTransportName(key),
      comment: null,
      description: told.description,
      choices: told.choices,
    });
    if (isDemanded)
      result.flows.push({
        path: file.path,
        name: null,
        isHandler: false,
        isHosting: false,
        needs: [[told.variable]],
        calls: [],
      });
  }
  const fallback = argument(args, "default");
  if (fallback) {
    walkPython(fallback, (inner) => {
      const read = envRead(inner, tree, names);
      const variable = read ? tree.string(read.key) : null;
      if (variable) result.links.push({ key: variable, flag: key });
    });
  }
}

function base(key: string, line: number, file: TextFile, told: OptionFacts): InputFinding {
  return {
    key,
    target: "arg",
    evidence: "read",
    provenance: { from: "source", where: `${file.path}:${line}` },
    description: told.description,
    type: told.isSwitch ? "boolean" : told.isNumber ? "number" : null,
    default: told.fallback !== null && !isPlaceholder(told.fallback, key) ? told.fallback : null,
    choices: told.choices,
  };
}

function positional(
  position: number,
  name: string,
  node: PyNode,
  told: OptionFacts,
  args: Argument[],
  tree: PythonTree,
  file: TextFile,
): InputFinding {
  const count = argument(args, "nargs");
  const isOptional = told.fallback !== null || (count !== null && /[?*]/.test(tree.text(count)));
  return {
    ...base(`position ${position}`, tree.line(node), file, told),
    label: name,
    required: !isOptional,
    whenMissing: isOptional ? "default" : "fails",
  };
}

/** Returns the flag that `def main(api_key: str = typer.Option(…))` names by its parameter. */
function typerFlag(node: PyNode, tree: PythonTree): string | null {
  for (
    let at = node.prevSibling ?? node.parent?.prevSibling ?? null, steps = 0;
    at && steps < 6;
    at = at.prevSibling, steps += 1
  ) {
    if (at.name === "VariableName") return `--${tree.text(at).replaceAll("_", "-")}`;
  }
  return null;
}

/** Finds flags that do the same as a variable: `os.environ["X"] = jira_url`, `args.api_key or os.getenv("X")`. */
function linkAt(node: PyNode, tree: PythonTree, names: EnvNames): ScanResult["links"] {
  const flagName = (value: PyNode | undefined) => {
    const last = value ? tree.dotted(value)?.split(".").at(-1) : null;
    return last && /^[a-z][a-z0-9_]*$/.test(last) ? `--${last.replaceAll("_", "-")}` : null;
  };
  if (node.name === "AssignStatement") {
    const children = childrenOf(node);
    const [target] = children;
    const read = target ? envRead(target, tree, names) : null;
    const key = read?.isStrict ? tree.string(read.key) : null;
    const flag = flagName(children.at(-1));
    return key && flag ? [{ key, flag }] : [];
  }
  const given = envRead(node, tree, names);
  if (given?.fallback) {
    const key = tree.string(given.key);
    const flag = flagName(given.fallback);
    return key && flag ? [{ key, flag }] : [];
  }
  if (node.name === "BinaryExpression" && node.getChild("or")) {
    const children = childrenOf(node);
    const read = children.at(-1) ? envRead(children.at(-1) ?? node, tree, names) : null;
    const key = read ? tree.string(read.key) : null;
    const flag = flagName(children[0]);
    return key && flag ? [{ key, flag }] : [];
  }
  return [];
}
