import { isEnvName } from "../../inputs/input-names.ts";
import type { Project } from "../project.ts";
import type { ScanResult } from "../types.ts";
import { calleeName, isCall, readKey, unwrap } from "./env.ts";
import { keyName, nodeOf, nodesOf, type SyntaxNode, stringValue, valueAt, walk } from "./syntax.ts";

/** An option of yargs as it is written: its name and what is told of it. */
type Written = readonly [name: string, told: SyntaxNode];

const MAX_WRITTEN = 200;

/**
 * Finds the variables that do the same as flags: `new Option("--flag <x>").env("NAME")` of commander, and
 * `.option("flag", { default: process.env.NAME })`.
 */
export function linksOfOptions(
  root: SyntaxNode,
  environment: ReadonlySet<string>,
  { helpers }: Pick<Project, "helpers">,
): ScanResult["links"] {
  const links: ScanResult["links"] = [];
  const written: Written[] = [];
  walk(root, (node) => {
    if (!isCall(node) || written.length >= MAX_WRITTEN) return;
    const method = calleeName(node);
    if (method === ".option" || method === ".options") written.push(...writtenIn(node));
    const link = method === ".option" ? linkOfDefault(node, environment) : null;
    if (link) links.push(link);
    const given = method === ".env" ? stringValue(nodesOf(node, "arguments")[0]) : null;
    if (given === null) return;
    const flag = flagAt(node);
    if (flag && isEnvName(given)) links.push({ key: given, flag });
  });
  for (const [name, told] of written) {
    const own = valueAt(told, "default");
    const key = own && (readKey(unwrap(own), environment) ?? keyOfHelper(unwrap(own), helpers));
    if (typeof key === "string") links.push({ key, flag: `--${name}` });
  }
  return links;
}

/** `readEnv("TEAM")`, by a function of the program. */
function keyOfHelper(call: SyntaxNode, helpers: Project["helpers"]): string | null {
  const helper = isCall(call) ? helpers.get(calleeName(call) ?? "") : undefined;
  const key = helper ? stringValue(nodesOf(call, "arguments")[helper.nameAt]) : null;
  return key !== null && isEnvName(key) ? key : null;
}

/** commander: `.option("--team <team>", "The team", process.env.TEAM)` */
function linkOfDefault(call: SyntaxNode, environment: ReadonlySet<string>): ScanResult["links"][number] | null {
  const [first, , third] = nodesOf(call, "arguments");
  const flag = /--[a-z][\w-]*/i.exec(stringValue(first) ?? "")?.[0];
  const key = third ? readKey(unwrap(third), environment) : null;
  return flag && typeof key === "string" ? { key, flag } : null;
}

function writtenIn(call: SyntaxNode): Written[] {
  const [first, second] = nodesOf(call, "arguments");
  const name = stringValue(first);
  if (name !== null) return second?.type === "ObjectExpression" ? [[name, second]] : [];
  if (first?.type !== "ObjectExpression") return [];
  return nodesOf(first, "properties").flatMap((property): Written[] => {
    const own = keyName(property);
    const told = nodeOf(property, "value");
    return own && told?.type === "ObjectExpression" ? [[own, told]] : [];
  });
}

/** The flag of the `new Option("--flag <x>")` in a chain of calls. */
function flagAt(call: SyntaxNode): string | null {
  let flag: string | null = null;
  walk(call, (inner) => {
    const written = inner.type === "NewExpression" ? stringValue(nodesOf(inner, "arguments")[0]) : null;
    flag ??= /--[a-z][\w-]*/i.exec(written ?? "")?.[0] ?? null;
  });
  return flag;
}
