import type { TextFile } from "../../fetch/files.ts";
import type { InputFinding } from "../../inputs/findings.ts";
import { formatLabel, isProgramFlag, isTransportName, upperName } from "../../inputs/input-names.ts";
import { isPlaceholder } from "../../inputs/placeholders.ts";
import type { Project } from "../project.ts";
import { emptyScan, type ScanResult } from "../types.ts";
import { collectOptionCalls } from "./commander-options.ts";
import { calleeName, isCall, literalText, unwrap } from "./env.ts";
import { addSchemas, environmentSchemas } from "./environment-schemas.ts";
import { linksOfOptions } from "./option-links.ts";
import { textsOf } from "./schemas.ts";
import { fromStricli } from "./stricli.ts";
import { isInSubcommand } from "./subcommands.ts";
import {
  identifierName,
  keyName,
  lineOf,
  nodeOf,
  nodesOf,
  type SyntaxNode,
  stringValue,
  valueAt,
  walk,
} from "./syntax.ts";
import type { YargsProgram } from "./yargs-programs.ts";

const MAX_OPTIONS = 60;

/**
 * Reads what libraries declare: flags of commander, yargs, cac and `util.parseArgs`, and variables of schemas that are
 * checked against `process.env` (zod, valibot, envalid, convict).
 *
 * @param foreign where the code stands that sets up subcommands that do not serve
 * @param yargs what the program tells yargs in whichever of its files
 */
export function readOptions(
  root: SyntaxNode,
  file: TextFile,
  environment: ReadonlySet<string>,
  project: Project,
  foreign: readonly (readonly [from: number, to: number])[],
  yargs: YargsProgram,
): ScanResult {
  const result = emptyScan();
  const schemas = environmentSchemas(root, environment);
  const resolve = constantsOf(root);
  const calls = collectOptionCalls(root);
  let position = 0;
  walk(root, (node) => {
    if (result.options.length >= MAX_OPTIONS || foreign.some(([from, to]) => node.start >= from && node.end <= to))
      return;
    if (isCall(node)) {
      const name = calleeName(node) ?? "";
      const positions = positionsOf(node, name, file, position);
      position += positions.length;
      result.options.push(...positions);
      if (/^\.(option|requiredOption|addOption|argument)$/.test(name))
        result.options.push(...fromOptionCall(node, name, file));
      else if (name === "buildCommand") result.options.push(...fromStricli(node, file));
      else if (/^\.(options)$|^\.?(parseArgs|meow|defineCommand)$/.test(name))
        result.options.push(...fromOptionsObject(node, file, resolve));
    } else if (node.type === "VariableDeclarator") {
      const prefixes = yargs.objects.get(identifierName(nodeOf(node, "id")) ?? "");
      const declared = prefixes ? fromDeclarations(nodeOf(node, "init"), file) : [];
      result.options.push(...declared);
      for (const prefix of prefixes ?? []) addVariables(prefix, declared.filter(isOwn), result, file);
    } else if (node.type === "ClassProperty" && keyName(node) === "flags") {
      result.options.push(...fromOclif(nodeOf(node, "value"), file));
    } else if (node.type === "NewExpression" && calleeName(node) === "Option.constructor") {
      const told = calls.get(node);
      const flag = fromCommander(
        nodesOf(node, "arguments"),
        told?.isMandatory === true && !told.hasDefault,
        file,
        node,
      );
      if (flag)
        result.options.push(
          told?.hasDefault ? { ...flag, whenMissing: "default", default: defaultOf(told.fallback, flag.key) } : flag,
        );
    }
  });
  result.links.push(...linksOfOptions(root, environment, project));
  addSchemas(schemas, file, result, project);
  result.options = result.options.filter(isOwn);
  for (const prefix of yargs.files.get(root) ?? []) addVariables(prefix, result.options, result, file);
  return result;
}

/**
 * Positions that the program's own command takes: yargs `.command("$0 <dir>")`, commander `.argument("<dir>", "…")` and
 * `.arguments("<dir> [more]")`. Angle brackets demand a value, square ones do not.
 */
function positionsOf(node: SyntaxNode, name: string, file: TextFile, from: number): InputFinding[] {
  const args = nodesOf(node, "arguments");
  const first = args[0]?.type === "ArrayExpression" ? nodesOf(args[0], "elements")[0] : args[0];
  const written = stringValue(first) ?? "";
  const isOwn = name === ".arguments" || name === ".argument" || (name === ".command" && /^(\$0|\*)\s/.test(written));
  if (!isOwn || isInSubcommand(node)) return [];
  const description = name === ".argument" ? stringValue(args[1]) : null;
  return [...written.slice(0, 200).matchAll(/([<[])([\w-]+)[^>\]]*[>\]]/g)]
    .filter((match) => !/^(options?|flags?|args?)$/i.test(match[2] ?? ""))
    .map((match, index) =>
      findingOf(`position ${from + index}`, node, file, {
        label: formatLabel(match[2] ?? ""),
        required: match[1] === "<",
        whenMissing: match[1] === "<" ? "fails" : "default",
        description,
      }),
    );
}

/** Whether an option is about what the server does, and no way to start the program. */
function isOwn({ key, type }: InputFinding): boolean {
  if (type === "boolean" && OF_RUNNING_PROGRAM.test(key)) return false;
  return !isProgramFlag(key) && !isTransportName(key) && !isSwitchOff(key);
}

/** Switches that are about a program that runs already, or let it run without the one who starts it. */
const OF_RUNNING_PROGRAM = /^--(?:status|stop|restart|kill|background|detach|daemon)$/;

function isSwitchOff(key: string): boolean {
  return /^--(http|sse|stdio|streamable-http|stateless|port|host)$/.test(key);
}

function findingOf(key: string, node: SyntaxNode, file: TextFile, told: Partial<InputFinding>): InputFinding {
  return {
    key,
    target: "arg",
    evidence: "read",
    provenance: { from: "source", where: `${file.path}:${lineOf(node)}` },
    ...told,
  };
}

function fromOptionCall(node: SyntaxNode, method: string, file: TextFile): InputFinding[] {
  const args = nodesOf(node, "arguments");
  const [first, second] = args;
  const name = stringValue(first);
  if (name === null) return [];
  if (second?.type === "ObjectExpression" && !name.startsWith("-")) {
    const finding = fromYargs(name, second, file, node);
    return finding ? [finding] : [];
  }
  if (!name.includes("-") || isInSubcommand(node)) return [];
  const finding = fromCommander(args, method === ".requiredOption", file, node);
  return finding ? [finding] : [];
}

function defaultOf(written: string | null, key: string): string | null {
  return written !== null && !isPlaceholder(written, key) ? written : null;
}

/** Reads an option of commander or cac: ("-k, --api-key <key>", description, default). */
function fromCommander(args: SyntaxNode[], isRequired: boolean, file: TextFile, node: SyntaxNode): InputFinding | null {
  const written = stringValue(args[0]) ?? "";
  const flag = /(--[a-z][\w-]*)(?:[ =]([<[])([^>\]]*)[>\]])?/i.exec(written);
  if (!flag?.[1] || flag[1].startsWith("--no-")) return null;
  const takesValue = flag[2] !== undefined;
  const short = /^-[A-Za-z](?=,? )/.exec(written.trim())?.[0];
  const third = args[2];
  const written3 =
    third?.type === "ObjectExpression" ? literalText(valueAt(third, "default")) : literalText(third ?? null);
  return findingOf(flag[1], node, file, {
    required: isRequired,
    whenMissing: isRequired ? "fails" : written3 !== null ? "default" : "unknown",
    description: stringValue(args[1]),
    type: takesValue ? null : "boolean",
    default: defaultOf(written3, flag[1]),
    template: takesValue ? null : flag[1],
    ...(short && { aliases: [short] }),
  });
}

function fromYargs(name: string, told: SyntaxNode, file: TextFile, node: SyntaxNode): InputFinding | null {
  // What help does not show is for the program's own processes.
  if (!/^[a-z][\w-]*$/i.test(name) || literalText(valueAt(told, "hidden")) === "true") return null;
  const key = `--${name}`;
  const type = literalText(valueAt(told, "type"));
  // yargs takes the message as well: `demandOption: "A token is needed"`.
  const demanded = literalText(valueAt(told, "demandOption") ?? valueAt(told, "demand"));
  const isRequired =
    (demanded !== null && !/^(false|0|)$/.test(demanded)) ||
    literalText(valueAt(told, "required") ?? valueAt(told, "isRequired")) === "true";
  const fallback = literalText(valueAt(told, "default"));
  const choices = valueAt(told, "choices");
  return findingOf(key, node, file, {
    required: isRequired,
    whenMissing: isRequired && fallback === null ? "fails" : fallback !== null ? "default" : "unknown",
    description: stringValue(valueAt(told, "describe") ?? valueAt(told, "description") ?? valueAt(told, "desc")),
    type: type === "boolean" || type === "number" ? type : null,
    default: defaultOf(fallback, key),
    choices: choices?.type === "ArrayExpression" ? textsOf(choices) : null,
    template: type === "boolean" ? key : null,
    ...aliasesOf(told),
  });
}

/** yargs: `{ alias: "d" }` or `{ alias: ["d", "domain"] }`; parseArgs, meow and citty: `{ short: "d" }`, `{ shortFlag: "d" }`. */
function aliasesOf(told: SyntaxNode): Pick<InputFinding, "aliases"> {
  const given = valueAt(told, "alias") ?? valueAt(told, "short") ?? valueAt(told, "shortFlag") ?? valueAt(told, "char");
  if (!given) return {};
  const names = given.type === "ArrayExpression" ? nodesOf(given, "elements").map(stringValue) : [stringValue(given)];
  const aliases = names.flatMap((name) =>
    name !== null && /^[A-Za-z][\w-]{0,60}$/.test(name) ? [name.length === 1 ? `-${name}` : `--${name}`] : [],
  );
  return aliases.length > 0 ? { aliases } : {};
}

/**
 * Reads `.options({name: {…}})`, `parseArgs({options: {name: {…}}})` and `meow(help, {flags: {…}})`. The objects can be constants of the
 * file: `parseArgs({ options })`.
 */
function fromOptionsObject(node: SyntaxNode, file: TextFile, resolve: Resolve): InputFinding[] {
  const objects = nodesOf(node, "arguments").map(resolve);
  const object = objects.find((one) => one?.type === "ObjectExpression");
  if (!object) return [];
  const given = valueAt(object, "options") ?? valueAt(object, "flags") ?? valueAt(object, "args");
  const options = given ? resolve(given) : calleeName(node) === ".options" ? object : null;
  if (options?.type !== "ObjectExpression") return [];
  return nodesOf(options, "properties").flatMap((property) => {
    const name = keyName(property);
    const told = nodeOf(property, "value");
    if (!name || told?.type !== "ObjectExpression") return [];
    // meow and citty hyphenate the words of a flag; the others take the name as it is.
    const flag = /^\.?(meow|defineCommand)$/.test(calleeName(node) ?? "")
      ? name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase()
      : name;
    return fromYargs(flag, told, file, property) ?? [];
  });
}

/** The fields of what is told of an option. */
const DECLARING = /^(?:describe|description|desc|type|alias|choices|default|demandOption|demand)$/;

/** `const serverOptions = { "config-dir": { describe: "…", type: "string" as const } } as const` */
function fromDeclarations(init: SyntaxNode | null, file: TextFile): InputFinding[] {
  const object = init && unwrap(init);
  return (object?.type === "ObjectExpression" ? nodesOf(object, "properties") : []).flatMap((property) => {
    const name = keyName(property);
    const told = nodeOf(property, "value");
    if (!name || told?.type !== "ObjectExpression") return [];
    const isDeclared = nodesOf(told, "properties").some((one) => DECLARING.test(keyName(one) ?? ""));
    return isDeclared ? (fromYargs(name, told, file, property) ?? []) : [];
  });
}

/** Adds the variables that yargs takes in place of flags. One that has a variable of its own by default needs no other. */
function addVariables(prefix: string, options: readonly InputFinding[], result: ScanResult, file: TextFile): void {
  const linked = new Set(result.links.flatMap(({ key, flag }) => (key.startsWith(prefix) ? [] : [flag])));
  for (const { key: flag, provenance, default: fallback, description } of options) {
    if (!flag.startsWith("--") || linked.has(flag)) continue;
    const key = `${prefix}_${upperName(flag)}`;
    const line = Number(provenance.where.split(":").at(-1));
    const value = fallback ?? null;
    result.links.push({ key, flag });
    result.reads.push({
      key,
      path: file.path,
      line,
      fallback: value === null ? "none" : "literal",
      value,
      isHosting: false,
      comment: null,
      description: description ?? null,
    });
  }
}

/** oclif: `static flags = { orgs: Flags.string({ summary: "…", char: "o", required: true }) }` */
function fromOclif(flags: SyntaxNode | null, file: TextFile): InputFinding[] {
  if (flags?.type !== "ObjectExpression") return [];
  return nodesOf(flags, "properties").flatMap((property) => {
    const name = keyName(property);
    const value = nodeOf(property, "value");
    const kind = value && isCall(value) ? /^Flags\.(\w+)$/.exec(calleeName(value) ?? "")?.[1] : undefined;
    const [told] = value ? nodesOf(value, "arguments") : [];
    if (name === null || kind === undefined || told?.type !== "ObjectExpression") return [];
    const finding = fromYargs(name, told, file, property);
    const summary = stringValue(valueAt(told, "summary"));
    const isSwitch = kind === "boolean";
    return finding
      ? [
          {
            ...finding,
            description: summary ?? finding.description ?? null,
            type: isSwitch ? ("boolean" as const) : kind === "integer" ? ("number" as const) : null,
            template: isSwitch ? finding.key : null,
          },
        ]
      : [];
  });
}

/** Returns what a node is, or what the constant that it names is. */
type Resolve = (node: SyntaxNode) => SyntaxNode | null;

/** Returns a function that looks up the constants of a file, which are collected with the first look-up. */
function constantsOf(root: SyntaxNode): Resolve {
  let known: Map<string, SyntaxNode> | null = null;
  const collect = () => {
    const found = new Map<string, SyntaxNode>();
    walk(root, (node) => {
      const name = node.type === "VariableDeclarator" ? identifierName(nodeOf(node, "id")) : null;
      const init = name === null ? null : nodeOf(node, "init");
      if (name !== null && init && !found.has(name)) found.set(name, unwrap(init));
    });
    return found;
  };
  return (node) => {
    const name = identifierName(node);
    if (name === null) return unwrap(node);
    known ??= collect();
    return known.get(name) ?? null;
  };
}
