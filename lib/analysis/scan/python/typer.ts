import type { TextFile } from "../../fetch/files.ts";
import { type OptionFacts, optionFacts, serves } from "./option-facts.ts";
import { isServing, type Subcommands } from "./subcommands.ts";
import { type Argument, childrenOf, definitionName, type PyNode, type PythonTree, walkPython } from "./syntax.ts";

/** One parameter of a command's function, as typer makes it an option or a position. */
interface TyperOption {
  /** "--flag" or "position 0". */
  key: string;
  node: PyNode;
  told: OptionFacts;
  args: Argument[];
}

/**
 * Reads what typer makes of the parameters of a command's function: one without a default is a position and demanded, any
 * other an option, unless `typer.Option` or `typer.Argument` says otherwise, as the default or inside `Annotated`.
 *
 * @returns the functions whose parameters were read, and the options of those that serve
 */
export function readTyper(
  tree: PythonTree,
  file: TextFile,
  subcommands: Subcommands,
): { functions: PyNode[]; options: TyperOption[] } {
  const functions: PyNode[] = [];
  const options: TyperOption[] = [];
  if (!/^[ \t]*(import|from)[ \t]+typer\b/m.test(file.text)) return { functions, options };
  const started = /\btyper\.run\([ \t]*(\w+)/.exec(file.text)?.[1];
  const commands: { definition: PyNode; name: string; isMain: boolean }[] = [];
  walkPython(tree.root, (node) => {
    if (node.name !== "FunctionDefinition") return;
    const { name } = definitionName(tree, node);
    const decorators = node.parent?.name === "DecoratedStatement" ? tree.slice(node.parent.from, node.from) : "";
    const command = /\.(command|callback)\(\s*(?:name\s*=\s*)?(?:["']([\w-]+)["'])?/.exec(decorators.slice(0, 2_000));
    // Another file may make it a command: `app.command("start")(start_command)`.
    const isHandedOver = !command && name !== started && decorators === "" && declaresOptions(tree, node);
    if (!command && name !== started && !isHandedOver) return;
    functions.push(node);
    const own = name.replace(/_(?:command|cmd)$/, "");
    const isMain = isHandedOver ? /(?:^|_)(?:callback|main)$/.test(name) : command?.[1] !== "command";
    if (isHandedOver && !isMain && !serves(own)) return;
    commands.push({ definition: node, name: command?.[2] ?? own, isMain });
  });
  const isOfMany = commands.filter((one) => !one.isMain).length > 1;
  let position = 0;
  for (const { definition, name, isMain } of commands) {
    if (isOfMany && !isMain && !isServing(name, subcommands)) continue;
    for (const parameter of parametersWithTypes(tree, definition)) {
      const told = factsOf(parameter, tree);
      if (told === null) continue;
      const key = told.isPosition ? `position ${position}` : (told.flag ?? `--${parameter.name.replaceAll("_", "-")}`);
      if (told.isPosition) position += 1;
      const label = told.isPosition ? parameter.name.replaceAll("_", " ") : undefined;
      options.push({ key, node: parameter.node, args: told.args, told: { ...told.facts, ...(label && { label }) } });
    }
  }
  return { functions, options };
}

/** Returns whether a function's parameters say by themselves what typer makes of them. */
function declaresOptions(tree: PythonTree, definition: PyNode): boolean {
  return parametersWithTypes(tree, definition).some(({ type, fallback }) =>
    [type, fallback].some((node) => node && declarationIn(node, tree)),
  );
}

interface TypedParameter {
  name: string;
  node: PyNode;
  type: PyNode | null;
  fallback: PyNode | null;
}

function parametersWithTypes(tree: PythonTree, definition: PyNode): TypedParameter[] {
  const list = definition.getChild("ParamList");
  const children = list ? childrenOf(list) : [];
  return children.flatMap((child, index) => {
    if (child.name !== "VariableName" || /^(AssignOp|\*\*?)$/.test(children[index - 1]?.name ?? "")) return [];
    const next = children[index + 1];
    const type = next?.name === "TypeDef" ? next : null;
    const at = index + 1 + (type ? 1 : 0);
    const fallback = children[at]?.name === "AssignOp" ? (children[at + 1] ?? null) : null;
    return [{ name: tree.text(child), node: child, type, fallback }];
  });
}

function factsOf(
  { type, fallback }: TypedParameter,
  tree: PythonTree,
): { facts: OptionFacts; args: Argument[]; isPosition: boolean; flag: string | null } | null {
  const typeText = type ? tree.text(type).slice(0, 300) : "";
  if (/\bContext\b/.test(typeText)) return null;
  const inType = type ? declarationIn(type, tree) : null;
  const inDefault = fallback ? declarationIn(fallback, tree) : null;
  const declared = inDefault ?? inType;
  const args = declared?.args ?? [];
  const value = inDefault
    ? (args.find((one) => one.name === "default")?.value ?? args.find((one) => one.name === null)?.value ?? null)
    : fallback;
  const isDemanded = value === null || tree.text(value) === "...";
  const facts = optionFacts(args, tree);
  const isSwitch = /^:?\s*bool\b|\[\s*bool\b/.test(typeText);
  const texts = args.flatMap((one) => (one.name === null ? (tree.string(one.value) ?? []) : []));
  return {
    facts: {
      ...facts,
      isRequired: isDemanded,
      fallback: isDemanded ? null : tree.literal(value),
      isSwitch,
      isNumber: /\b(int|float)\b/.test(typeText),
    },
    args,
    isPosition: declared ? declared.isPosition : isDemanded,
    flag: texts.find((text) => text.startsWith("--"))?.split("/")[0] ?? null,
  };
}

function declarationIn(node: PyNode, tree: PythonTree): { args: Argument[]; isPosition: boolean } | null {
  let found: { args: Argument[]; isPosition: boolean } | null = null;
  walkPython(node, (inner) => {
    const call = found ? null : tree.call(inner);
    const callee = call ? /(?:^|\.)(Option|Argument)$/.exec(tree.text(call.callee).slice(0, 100))?.[1] : undefined;
    if (call && callee) found = { args: call.args, isPosition: callee === "Argument" };
  });
  return found;
}
