import { anyOf } from "../flow.ts";
import { variablesOf } from "../name-forms.ts";
import { atom, type Project } from "../project.ts";
import { Repeats } from "../repeats.ts";
import { type EnvNames, envRead, isEnvironment, pythonCallee } from "./env.ts";
import { argument, childrenOf, type PyNode, type PythonTree } from "./syntax.ts";
import { constantText, entryText, possibleTexts } from "./texts.ts";

/** Computed names that are followed to where they come from, in all files of a server. */
const MAX_LOOKUPS = 3_000;
/** Which variables the reads and the helpers of one file mean. */
export class PythonKeys {
  protected readonly tree: PythonTree;
  protected readonly names: EnvNames;
  protected readonly project: Project;
  /** Literals for which names stand: a parameter that is the name of the variable, and what a loop goes over in one round. */
  protected readonly bound = new Map<string, string>();

  protected readonly repeats = new Repeats();

  constructor(
    tree: PythonTree,
    names: EnvNames,
    project: Project,
    parameter: { name: string; key: string } | null = null,
  ) {
    this.tree = tree;
    this.names = names;
    this.project = project;
    if (parameter) this.bound.set(parameter.name, parameter.key);
  }

  protected keyOf(node: PyNode): string | null {
    const literal = this.tree.string(node) ?? constantText(node, this.tree, this.project) ?? null;
    if (literal !== null) return literal;
    if (this.bound.size === 0) return this.#entryText(node);
    const texts = this.keysOf(node);
    return texts.length === 1 ? (texts[0] ?? null) : null;
  }

  /** The variable that a dictionary of names holds. */
  #entryText(node: PyNode): string | null {
    if (!/^(Member|Call)Expression$/.test(node.name)) return null;
    this.project.lookups += 1;
    return this.project.lookups > MAX_LOOKUPS ? null : (entryText(node, this.tree, this.project) ?? null);
  }

  /** The expression of a variable's name in a read of the environment or in `name in os.environ`. */
  protected keyNode(node: PyNode): PyNode | null {
    const read = envRead(node, this.tree, this.names);
    if (read) return read.key;
    if (node.name !== "BinaryExpression" || !node.getChild("in")) return null;
    const children = childrenOf(node);
    const right = children.at(-1);
    return right && isEnvironment(right, this.tree, this.names) ? (children[0] ?? null) : null;
  }

  /** Every variable that a name can stand for. */
  protected keysOf(node: PyNode): string[] {
    this.project.lookups += 1;
    return this.project.lookups > MAX_LOOKUPS ? [] : possibleTexts(node, this.tree, this.project, this.bound);
  }

  /** The variable that a call of a helper reads, or null. */
  helperKey(node: PyNode): string | null {
    return this.helper(node)?.keys[0] ?? null;
  }

  protected helper(node: PyNode) {
    const call = this.tree.call(node);
    const callee = call ? (pythonCallee(node, this.tree) ?? "").split(".").at(-1) : null;
    const helper = callee ? this.project.helpers.get(callee) : undefined;
    if (!call || !helper) return null;
    const given = argument(call.args, "name", helper.nameAt) ?? argument(call.args, "key", helper.nameAt);
    const name = given ? (this.bound.size > 0 ? this.keyOf(given) : this.tree.string(given)) : null;
    if (name === null) return null;
    const keys = variablesOf(helper, name);
    const fallback = helper.fallbackAt === null ? null : argument(call.args, "default", helper.fallbackAt);
    const hasFallback = helper.fallback !== null || (fallback !== null && fallback.name !== "None");
    return { helper, keys, told: anyOf(keys.map(atom)), hasFallback };
  }
}
