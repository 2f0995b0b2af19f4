import type { Project } from "../project.ts";
import { assignedIn, assignedNear } from "./assigned.ts";
import { lookedUp, pairsOf, placeOf, roundsOf } from "./rounds.ts";
import { childrenOf, definitionName, enclosing, type PyNode, type PythonTree, parametersOf } from "./syntax.ts";

const MAX_TEXTS = 40;

/** Returns the texts that an expression can be, as far as the file says. */
export function possibleTexts(
  node: PyNode,
  tree: PythonTree,
  project: Project,
  bound: ReadonlyMap<string, string> = new Map(),
): string[] {
  return textsOf(node, { tree, project, bound }, 0);
}

/** Where texts come from. */
interface Sources {
  tree: PythonTree;
  project: Project;
  /** What names and the places in them stand for. */
  bound: ReadonlyMap<string, string>;
}

function textsOf(node: PyNode, sources: Sources, depth: number): string[] {
  const { tree, bound } = sources;
  if (depth > 5) return [];
  const literal = tree.string(node);
  if (literal !== null) return [literal];
  const place = placeOf(node, tree);
  const known = place === null ? undefined : bound.get(place);
  if (known !== undefined) return [known];
  switch (node.name) {
    case "VariableName":
      return textsOfName(tree.text(node), tree.text(node), node, sources, depth);
    case "MemberExpression":
      return textsOfMember(node, place, sources, depth);
    case "ParenthesizedExpression": {
      const inner = childrenOf(node)[1];
      return inner ? textsOf(inner, sources, depth + 1) : [];
    }
    case "ConditionalExpression": {
      const [first, , , , last] = childrenOf(node);
      return [first, last].flatMap((part) => (part ? textsOf(part, sources, depth + 1) : []));
    }
    case "FormatString":
      return formatted(node, sources, depth);
    case "BinaryExpression": {
      const [left, operator, right] = childrenOf(node);
      if (!left || !right || !operator) return [];
      if (tree.text(operator) === "%") return filled(tree.string(left), "%s", right, sources, depth);
      if (tree.text(operator) !== "+") return [];
      const ends = textsOf(right, sources, depth + 1);
      return textsOf(left, sources, depth + 1)
        .flatMap((start) => ends.map((end) => start + end))
        .slice(0, MAX_TEXTS);
    }
    case "CallExpression": {
      const call = tree.call(node);
      const [object, , method] = call ? childrenOf(call.callee) : [];
      if (!object || !method) return [];
      if (tree.text(method) === "format")
        return filled(tree.string(object), "{}", call?.args[0]?.value, sources, depth);
      if (tree.text(method) === "get") return textsOfMember(node, place, sources, depth);
      const texts = textsOf(object, sources, depth + 1);
      const name = tree.text(method);
      if (name === "upper") return texts.map((text) => text.toUpperCase());
      return name === "lower" ? texts.map((text) => text.toLowerCase()) : name === "strip" ? texts : [];
    }
    default:
      return [];
  }
}

/** `"A_%s" % name`, `"A_{}".format(name)` */
function filled(
  text: string | null,
  gap: string,
  value: PyNode | undefined,
  sources: Sources,
  depth: number,
): string[] {
  const [before, after, ...others] = text?.split(gap) ?? [];
  if (!value || before === undefined || after === undefined || others.length > 0) return [];
  return textsOf(value, sources, depth + 1).map((one) => before + one + after);
}

/** The text of a constant: `ENV_NAME`, `const.ENV_NAME`, `self.ENV_NAME`, `EnvVar.NAME.value`. Undefined for any other expression. */
export function constantText(node: PyNode, tree: PythonTree, project: Project): string | undefined {
  const path = tree.dotted(node)?.replace(/\.value$/, "");
  if (path === undefined) return undefined;
  const owner = enclosing(node, "ClassDefinition")?.getChild("VariableName");
  const own = owner ? path.replace(/^(?:self|cls)(?=\.)/, tree.text(owner)) : path;
  const last = path.slice(path.lastIndexOf(".") + 1);
  return project.texts.get(own) ?? (/^[A-Z][A-Z0-9_]+$/.test(last) ? project.texts.get(last) : undefined);
}

/** The text in a dictionary that is written out: `KEYS["host"]`, `ALL[SYSTEM].get("host")`. Undefined for any other expression. */
export function entryText(node: PyNode, tree: PythonTree, project: Project): string | undefined {
  const entry = entryOf(node, tree, project, 0);
  return entry ? (tree.string(entry) ?? constantText(entry, tree, project)) : undefined;
}

/** Dictionaries in dictionaries, and names of them, that are followed. */
const MAX_NESTING = 5;

function entryOf(node: PyNode, tree: PythonTree, project: Project, depth: number): PyNode | null {
  const { holder, key } = lookedUp(node, tree);
  const text = key ? (tree.string(key) ?? constantText(key, tree, project)) : undefined;
  const dictionary = holder && text !== undefined ? dictionaryOf(holder, tree, project, depth) : null;
  if (!dictionary) return null;
  const isOwn = (one: PyNode) => (tree.string(one) ?? constantText(one, tree, project)) === text;
  return pairsOf(dictionary, tree).find(([one]) => isOwn(one))?.[1] ?? null;
}

function dictionaryOf(node: PyNode, tree: PythonTree, project: Project, depth: number): PyNode | null {
  if (depth > MAX_NESTING) return null;
  if (node.name === "DictionaryExpression") return node;
  const name = tree.dotted(node);
  const owner = name && /^(?:self|cls)\.\w+$/.test(name) ? enclosing(node, "ClassDefinition") : null;
  const value = owner
    ? assignedIn(owner.getChild("Body"), name?.split(".")[1] ?? "", tree, null)
    : node.name === "VariableName"
      ? assignedNear(tree.text(node), node, tree)
      : entryOf(node, tree, project, depth + 1);
  return value && value.from !== node.from ? dictionaryOf(value, tree, project, depth + 1) : null;
}

/** A field of what a loop goes over, or the constant of a class: `field["env"]`, `self.prefix`. */
function textsOfMember(node: PyNode, place: string | null, sources: Sources, depth: number): string[] {
  const { tree, project } = sources;
  const entry = entryText(node, tree, project);
  if (entry !== undefined) return [entry];
  const name = /^\w+/.exec(place ?? "")?.[0];
  if (!place || !name) return [];
  const constant = constantText(node, tree, project);
  return constant !== undefined ? [constant] : textsOfName(name, place, node, sources, depth);
}

/** Returns every combination of the parts of an f-string. */
function formatted(node: PyNode, sources: Sources, depth: number): string[] {
  const { tree } = sources;
  const opening = /^[a-zA-Z]{1,2}("""|'''|"|')/.exec(tree.text(node))?.[0] ?? "";
  const quote = opening.replace(/^[a-zA-Z]+/, "");
  let texts = [""];
  let at = node.from + opening.length;
  for (const part of childrenOf(node)) {
    if (part.name !== "FormatReplacement") continue;
    const before = tree.slice(at, part.from);
    const inner = childrenOf(part)[1];
    const values = inner ? textsOf(inner, sources, depth + 1) : [];
    texts = texts.flatMap((text) => values.map((value) => text + before + value)).slice(0, MAX_TEXTS);
    at = part.to;
  }
  const rest = tree.slice(at, node.to - quote.length);
  return texts.map((text) => text + rest);
}

/**
 * Returns the texts of a name: a loop over a list, an earlier assignment, or a parameter with the texts that callers
 * pass.
 */
function textsOfName(name: string, place: string, from: PyNode, sources: Sources, depth: number): string[] {
  const { tree, project } = sources;
  for (let node: PyNode | null = from.parent; node; node = node.parent) {
    // A generator that is a call's only argument stands in the call's own brackets.
    const isGenerator = node.name === "ArgList" && node.getChild("for") !== null;
    if (node.name === "ForStatement" || /Comprehension/.test(node.name) || isGenerator) {
      const loop = childrenOf(node);
      const start = loop.findIndex((child) => child.name === "for");
      const at = loop.findIndex((child) => child.name === "in");
      if (loop.slice(start, at).some((target) => bindsName(target, name, tree))) {
        const rounds = roundsOf(loop, tree, project);
        if (!rounds) return listTexts(loop[at + 1], sources);
        const texts = rounds.flatMap((round) => round.texts.get(place) ?? []);
        return texts.length > 0 || place !== name
          ? texts
          : rounds.flatMap((round) => {
              const value = round.values.get(name);
              return value ? textsOf(value, sources, depth + 1) : [];
            });
      }
    }
    if (node.name === "FunctionDefinition") {
      const assigned = assignedIn(node.getChild("Body"), name, tree, from);
      if (assigned) return place === name ? textsOf(assigned, sources, depth + 1) : [];
      const parameters = parametersOf(tree, node);
      const at = parameters.findIndex((parameter) => parameter.name === name);
      if (at >= 0 && place !== name) return [];
      if (at >= 0) {
        const callee = definitionName(tree, node).name;
        const fallback = tree.string(parameters[at]?.fallback ?? null);
        const given = [
          ...(project.literals.get(`${callee} ${at}`) ?? []),
          ...(project.literals.get(`${callee} ${name}`) ?? []),
        ];
        const own = [...given, ...(fallback ? [fallback] : [])];
        return [...new Set(own.length > 0 ? own : (project.literals.get(`* ${name}`) ?? []))];
      }
    }
    if (node.name === "Script") {
      const assigned = assignedIn(node, name, tree, from);
      if (place !== name) return [];
      return assigned ? textsOf(assigned, sources, depth + 1) : [...(project.literals.get(`= ${name}`) ?? [])];
    }
  }
  return [];
}

/** Returns whether a target of a loop is a name, or has it among its parts. */
function bindsName(target: PyNode, name: string, tree: PythonTree): boolean {
  if (target.name === "VariableName") return tree.text(target) === name;
  return (
    /^(Tuple|Parenthesized)Expression$/.test(target.name) &&
    childrenOf(target).some((part) => part.name === "VariableName" && tree.text(part) === name)
  );
}

/** The texts of a list that is too long to look at one by one. Of `range(…)`, which may have any length, only the first number. */
function listTexts(list: PyNode | undefined, { tree }: Sources): string[] {
  const call = list ? tree.call(list) : null;
  if (call && tree.dotted(call.callee) === "range") {
    const start = call.args.length > 1 ? tree.text(call.args[0]?.value ?? call.callee) : "0";
    return /^\d{1,3}$/.test(start) ? [start] : [];
  }
  const target = list?.name === "VariableName" ? assignedNear(tree.text(list), list, tree) : list;
  if (!target || !/^(ArrayExpression|TupleExpression|SetExpression)$/.test(target.name)) return [];
  return childrenOf(target)
    .flatMap((child) => tree.string(child) ?? [])
    .slice(0, MAX_TEXTS);
}
