import type { TextFile } from "../../fetch/files.ts";
import type { InputFinding } from "../../inputs/findings.ts";
import { isProgramFlag, isTransportName } from "../../inputs/input-names.ts";
import { aliasesOfParser } from "./alias-tables.ts";
import { calleeName, functionName, isCall, isFunction, isMember, readKey, unwrap } from "./env.ts";
import { pathOf } from "./paths.ts";
import {
  childrenOf,
  identifierName,
  keyName,
  lineOf,
  nodeOf,
  nodesOf,
  type SyntaxNode,
  stringValue,
  walk,
} from "./syntax.ts";

/** The flags that a file reads by itself, or takes from what a library made of the command line. */
export interface OwnFlags {
  options: InputFinding[];
  /** Flags, each with the variable that is taken without it. */
  links: { key: string; flag: string }[];
  /** Flags by the name that holds their value: "options.db" for "--db". */
  paths: Map<string, string>;
  /** Names that hold parsed options, and whether every member of them is a flag. */
  parsed: ReadonlyMap<string, boolean>;
}

const MAX_FLAGS = 60;
/** Statements behind the test for a flag. */
const MAX_ARM_LENGTH = 600;
const FLAG = /^(--[a-z][\w-]{1,60})(=?)$/i;
const WORD = /^[a-z][\w-]{1,60}$/i;
/** The next argument, or what stands behind the equals sign. */
const TAKES_VALUE = /\+\+|\+ ?1\]|\.shift\(|\.split\(|\.slice\(|\.substring\(|\bnext\b|\bvalue\b/;
/** Libraries that need no declarations. */
const PARSES_ANYTHING = /^(minimist|mri|yargsParser|parser|getopts|Object\.fromEntries)$/;
/** What hands out parsed options. */
const PARSED = /^\.?(parseArgs|opts|optsWithGlobals|parse|parseSync|parseAsync|argv|options|values)$/;

/**
 * Reads the flags of programs that look at `process.argv` themselves, by comparing, searching or cutting arguments; those of libraries
 * that need no declarations (minimist and its like); and where the values of declared options are kept.
 *
 * @param declared options that the file declares with a library
 * @param environment names that hold the environment
 */
export function readOwnFlags(
  root: SyntaxNode,
  file: TextFile,
  declared: readonly InputFinding[],
  environment: ReadonlySet<string>,
): OwnFlags {
  const reader = new OwnFlagReader(file, declared, environment);
  reader.read(root);
  return { options: [...reader.options.values()], links: reader.links, paths: reader.paths, parsed: reader.parsed };
}

class OwnFlagReader {
  readonly options = new Map<string, InputFinding>();
  readonly links: OwnFlags["links"] = [];
  readonly paths = new Map<string, string>();
  readonly #file: TextFile;
  readonly #environment: ReadonlySet<string>;
  readonly #declared: ReadonlyMap<string, string>;
  readonly #readsArguments: boolean;
  /** Functions of the file that look for the flag whose name they are given, and what they put in front of it. */
  readonly #lookups = new Map<string, string>();
  /** Names that hold an argument without its dashes. */
  readonly #words = new Set<string>();
  readonly parsed = new Map<string, boolean>();
  /** Flags by their aliases. */
  readonly #aliases = new Map<string, string>();

  constructor(file: TextFile, declared: readonly InputFinding[], environment: ReadonlySet<string>) {
    this.#file = file;
    this.#environment = environment;
    this.#declared = new Map(declared.map(({ key }) => [normalize(key), key]));
    this.#readsArguments = /\b(?:process[\w$]{0,4}|Bun|_process\.default)\.argv\b/.test(file.text);
  }

  read(root: SyntaxNode): void {
    walk(root, (node) => this.#learn(node));
    walk(root, (node) => {
      if (this.options.size >= MAX_FLAGS) return;
      if (this.#readsArguments) this.#readArguments(node);
      this.#readParsed(node);
    });
  }

  #add(written: string, node: SyntaxNode, takesValue: boolean): string | null {
    const flag = FLAG.exec(written)?.[1];
    if (!flag || isProgramFlag(flag) || isTransportName(flag) || flag.startsWith("--no-")) return null;
    const known = this.#declared.get(normalize(flag));
    if (known) return known;
    const before = this.options.get(flag);
    // One place that takes a value tells more than another that only looks whether the flag is there.
    if (!before || (takesValue && before.type === "boolean"))
      this.options.set(flag, {
        key: flag,
        target: "arg",
        evidence: "read",
        provenance: { from: "source", where: `${this.#file.path}:${lineOf(node)}` },
        whenMissing: "unknown",
        type: takesValue ? null : "boolean",
        template: takesValue ? null : flag,
        ...this.#aliasesOf(flag),
      });
    return flag;
  }

  #aliasesOf(flag: string): Pick<InputFinding, "aliases"> {
    const aliases = [...this.#aliases].flatMap(([alias, name]) => (name === flag ? [alias] : []));
    return aliases.length > 0 ? { aliases } : {};
  }

  #learn(node: SyntaxNode): void {
    if (node.type !== "VariableDeclarator" && node.type !== "FunctionDeclaration") return;
    const isDeclarator = node.type === "VariableDeclarator";
    const init = isDeclarator ? nodeOf(node, "init") : node;
    const value = init ? unwrap(init) : null;
    const id = nodeOf(node, "id");
    if (!value || !id) return;
    if (isFunction(value)) this.#learnLookup(value, isDeclarator ? node : null);
    else if (id.type === "ArrayPattern" && isCut(value)) {
      const [first] = nodesOf(id, "elements");
      const name = identifierName(first ?? null);
      if (name) this.#words.add(name);
    } else if (isCut(value)) {
      const name = identifierName(id);
      if (name) this.#words.add(name);
    } else this.#learnParsed(id, value);
  }

  /** `function getArg(name) { const at = process.argv.indexOf(`--${name}`); … }` */
  #learnLookup(node: SyntaxNode, parent: SyntaxNode | null): void {
    const name = functionName(node, parent);
    const parameter = identifierName(nodesOf(node, "params")[0] ?? null);
    if (!name || !parameter || node.end - node.start > MAX_ARM_LENGTH) return;
    const text = this.#file.text.slice(node.start, node.end);
    if (!/\bargv\b|\bargs\b/.test(text)) return;
    if (
      text.includes(`--\${${parameter}}`) ||
      text.includes(`"--" + ${parameter}`) ||
      text.includes(`'--' + ${parameter}`)
    )
      this.#lookups.set(name, "--");
    else if (/\.(?:indexOf|includes|findIndex|find|startsWith)\(/.test(text)) this.#lookups.set(name, "");
  }

  /** `const argv = minimist(…)`, `const options = program.opts()`, `const { values } = parseArgs(…)`. */
  #learnParsed(id: SyntaxNode, value: SyntaxNode): void {
    const how = parsedBy(value);
    if (how === null) return;
    const isAnything = how === "anything" || (how === "yargs" && this.#declared.size === 0);
    if (how === "anything") for (const [alias, flag] of aliasesOfParser(value)) this.#aliases.set(alias, flag);
    if (calleeName(value) === "arg") this.#readArg(value);
    const name = identifierName(id);
    if (name) this.parsed.set(name, isAnything);
    if (id.type !== "ObjectPattern") return;
    for (const property of nodesOf(id, "properties")) {
      const key = keyName(property);
      const bound = identifierName(nodeOf(property, "value"));
      if (!key || !bound) continue;
      if (/^(values|options)$/.test(key)) this.parsed.set(bound, isAnything);
      else this.#keep(bound, key, property, isAnything);
    }
  }

  /** `arg({ "--db": String, "-d": "--db" })` */
  #readArg(call: SyntaxNode): void {
    const [options] = nodesOf(call, "arguments");
    for (const property of options?.type === "ObjectExpression" ? nodesOf(options, "properties") : []) {
      const written = stringValue(nodeOf(property, "key")) ?? "";
      const value = nodeOf(property, "value");
      if (value && stringValue(value) === null) this.#add(written, property, identifierName(value) !== "Boolean");
    }
  }

  #keep(path: string, member: string, node: SyntaxNode, isAnything: boolean): void {
    const declared = this.#declared.get(normalize(member));
    const dashed = member.startsWith("-") ? member : `${member.length === 1 ? "-" : "--"}${member}`;
    const written = this.#aliases.get(dashed) ?? dashed;
    const flag = declared ?? (isAnything && FLAG.test(written) ? this.#add(written, node, true) : null);
    if (flag && !this.paths.has(path)) this.paths.set(path, flag);
  }

  /** `argv.key`, `options["api-key"]` */
  #readParsed(node: SyntaxNode): void {
    if (!isMember(node)) return;
    const member = keyName(node) ?? stringValue(nodeOf(node, "property"));
    const owner = pathOf(nodeOf(node, "object"));
    const name = owner?.replace(/\.(values|options)$/, "") ?? "";
    const isAnything = this.parsed.get(name);
    if (!member || isAnything === undefined || owner === null) return;
    this.#keep(`${owner}.${member}`, member, node, isAnything);
  }

  #readArguments(node: SyntaxNode): void {
    if (node.type === "IfStatement") this.#readArm(nodeOf(node, "test"), nodeOf(node, "consequent"));
    else if (node.type === "SwitchStatement") {
      const isOfWords = this.#words.has(identifierName(nodeOf(node, "discriminant")) ?? "");
      for (const one of nodesOf(node, "cases")) {
        const written = stringValue(nodeOf(one, "test"));
        if (written === null) continue;
        const flag = isOfWords && WORD.test(written) ? `--${written}` : written;
        if (flag.startsWith("--")) this.#addArm(flag, one, nodesOf(one, "consequent"));
      }
    } else if (isCall(node)) this.#readSearch(node);
    else if (node.type === "VariableDeclarator") this.#readDeclared(node);
  }

  /** `if (arg === "--db") options.db = args[++i];` */
  #readArm(test: SyntaxNode | null, body: SyntaxNode | null): void {
    if (!test || !body) return;
    const flags = this.#comparedFlags(test);
    const [only] = flags;
    if (only && flags.length <= 2) this.#addArm(only, test, [body]);
  }

  #comparedFlags(test: SyntaxNode): string[] {
    const flags: string[] = [];
    walk(test, (node) => {
      if (flags.length > 4) return;
      if (node.type === "BinaryExpression" && /^===?$/.test(String(node.operator))) {
        const written = stringValue(nodeOf(node, "right")) ?? "";
        const isWord = this.#words.has(identifierName(nodeOf(node, "left")) ?? "") && WORD.test(written);
        if (isWord) flags.push(`--${written}`);
        else if (FLAG.test(written)) flags.push(written);
      } else if (isCall(node) && calleeName(node) === ".startsWith") {
        const written = stringValue(nodesOf(node, "arguments")[0]) ?? "";
        if (FLAG.test(written)) flags.push(written);
      }
    });
    return flags;
  }

  #addArm(written: string, at: SyntaxNode, body: SyntaxNode[]): void {
    const [first] = body;
    const last = body.at(-1);
    const end = Math.min(last?.end ?? at.end, at.start + MAX_ARM_LENGTH);
    const takesValue = TAKES_VALUE.test(this.#file.text.slice(at.start, end));
    const flag = this.#add(written, at, takesValue);
    if (!flag || !first || !takesValue) return;
    const targets = new Set<string>();
    for (const statement of body)
      if (statement.end - statement.start <= MAX_ARM_LENGTH)
        walk(statement, (node) => {
          const left = node.type === "AssignmentExpression" ? pathOf(nodeOf(node, "left")) : null;
          if (left && left !== "i") targets.add(left);
        });
    const [target] = targets;
    if (target && targets.size === 1 && !this.paths.has(target)) this.paths.set(target, flag);
  }

  /** `process.argv.indexOf("--token")`, `args.includes("--read-only")`, `args.find((a) => a.startsWith("--key="))`, `getArg("url")` */
  #readSearch(node: SyntaxNode): void {
    const name = calleeName(node) ?? "";
    const [first] = nodesOf(node, "arguments");
    const written = stringValue(first);
    if (written === null) return;
    if (/^\.(indexOf|startsWith)$/.test(name)) this.#add(written, node, true);
    else if (name === ".includes") this.#add(written, node, false);
    else {
      const prefix = this.#lookups.get(name);
      const flag = prefix === undefined ? null : written.startsWith("--") ? written : `${prefix}${written}`;
      if (flag) this.#add(flag, node, !/^(has|is)[A-Z_]/.test(name));
    }
  }

  /** `const key = process.argv.find((a) => a.startsWith("--key="))?.split("=")[1]`, `const url = getArg("url")` */
  #readDeclared(node: SyntaxNode): void {
    const name = identifierName(nodeOf(node, "id"));
    const init = nodeOf(node, "init");
    if (!name || !init || init.end - init.start > MAX_ARM_LENGTH || isFunction(unwrap(init))) return;
    const flags = new Set<string>();
    const variables = new Set<string>();
    const visit = (inner: SyntaxNode, depth: number) => {
      if (depth > 12) return;
      const variable = readKey(inner, this.#environment);
      if (typeof variable === "string") variables.add(variable);
      const callee = isCall(inner) ? (calleeName(inner) ?? "") : "";
      const written = callee === "" ? null : stringValue(nodesOf(inner, "arguments")[0]);
      const prefix = this.#lookups.get(callee);
      if (written !== null && prefix !== undefined)
        flags.add(written.startsWith("--") ? written : `${prefix}${written}`);
      else if (written !== null && callee === ".startsWith") flags.add(written);
      for (const child of childrenOf(inner)) visit(child, depth + 1);
    };
    visit(init, 0);
    const [written] = flags;
    const flag = written && flags.size === 1 ? this.#add(written, node, true) : null;
    if (flag && !this.paths.has(name)) this.paths.set(name, flag);
    const [key] = variables;
    if (flag && key && variables.size === 1) this.links.push({ key, flag });
  }
}

/** An argument without its dashes: `arg.slice(2).split("=")`, `arg.replace(/^--/, "")`. */
function isCut(value: SyntaxNode): boolean {
  let at: SyntaxNode | null = value;
  for (let steps = 0; at && isCall(at) && steps < 4; steps += 1) {
    const callee: SyntaxNode | null = nodeOf(at, "callee");
    const name = calleeName(at) ?? "";
    const [first] = nodesOf(at, "arguments");
    const object: SyntaxNode | null = callee && isMember(callee) ? nodeOf(callee, "object") : null;
    const isOfArgument =
      object !== null && /^(arg|argument|a|token|flag|option|raw|item|current)$/i.test(identifierName(object) ?? "");
    if (/^\.(slice|substring)$/.test(name) && first?.type === "NumericLiteral" && first.value === 2)
      return isOfArgument;
    if (name === ".replace" && first?.type === "RegExpLiteral" && /^\^-/.test(String(first.pattern)))
      return isOfArgument;
    at = object;
  }
  return false;
}

/** How an expression comes to parsed options: from declared ones, or from whatever is given. Null where it does not. */
export function parsedBy(value: SyntaxNode): "declared" | "anything" | "yargs" | null {
  let at: SyntaxNode | null = value;
  for (let steps = 0; at && steps < 40; steps += 1) {
    const node: SyntaxNode = unwrap(at);
    const name = isCall(node) ? (calleeName(node) ?? "") : isMember(node) ? `.${keyName(node) ?? ""}` : "";
    if (PARSES_ANYTHING.test(name) && nodesOf(node, "arguments").some(isOfArguments)) return "anything";
    if (name === "arg" && nodesOf(node, "arguments")[0]?.type === "ObjectExpression") return "anything";
    if (steps === 0 && !PARSED.test(name)) return null;
    if (/^\.?(parseArgs|opts|optsWithGlobals)$/.test(name)) return "declared";
    // Without declarations yargs takes whatever is given.
    if (name === "yargs") return "yargs";
    const callee: SyntaxNode | null = isCall(node) ? nodeOf(node, "callee") : node;
    at = callee && isMember(callee) ? nodeOf(callee, "object") : null;
    if (at && identifierName(at) !== null)
      return /^(cli|program|yargs|parser|y)$/.test(identifierName(at) ?? "") ? "declared" : null;
  }
  return null;
}

function isOfArguments(node: SyntaxNode): boolean {
  let isSo = false;
  walk(node, (inner) => {
    if (/^(argv|args)$/.test(identifierName(inner) ?? keyName(inner) ?? "")) isSo = true;
  });
  return isSo;
}

/** "--api-key", "apiKey" and "api_key" are the same option. */
function normalize(name: string): string {
  return name.replace(/[-_]/g, "").toLowerCase();
}
