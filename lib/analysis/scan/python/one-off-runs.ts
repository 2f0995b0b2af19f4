import type { TextFile } from "../../fetch/files.ts";
import { blank, countWords, type Definition, functionAt, listUsed, moduleOf, PARSES, SERVES } from "./own-programs.ts";
import { armsOf, childrenOf, enclosing, type PyNode, PythonTree, statementsOf, walkPython } from "./syntax.ts";

/** What a function is called that starts a server, wherever it is defined. */
const STARTS =
  /\b(?:serve|(?:run|start|launch)_(?:\w{1,30}_)?(?:server|mcp|stdio))\w{0,30}\s{0,3}\(|\bserver\.(?:main|serve|start)\s{0,3}\(/;
/** A call, with the point before its name. */
const CALL = /(\.?)\b([A-Za-z_]\w{0,80})\s{0,3}\(/g;
const RUNS = /^(?:run|start|serve|launch)(?:_|$)/;
/** Libraries that run anything. */
const RUNNER = /\b(?:asyncio|anyio|trio|subprocess)$/;
const COUNTS = /\bsys\.argv\b/;
const ENDS = /^(?:return\b|raise\b|(?:sys|os)\._?exit\s?\(|exit\s?\(|quit\s?\()/;
const MAX_FUNCTIONS = 200;
/** Conditionals of one file that ask for arguments. */
const MAX_CHOICES = 40;
const MAX_ROUNDS = 4;
/** Characters of code that are looked through for what starts a server. */
const MAX_CODE = 20_000;

/**
 * Leaves out what a program does with arguments where it is the server without any: `if len(sys.argv) > 1:` with a parser, and `mcp.run()`
 * behind `else`. The functions that this alone calls go with it. Lines keep their numbers.
 *
 * @param targets functions that commands start, whatever else calls them
 */
export function withoutOneOffRuns(files: readonly TextFile[], targets: ReadonlySet<string>): TextFile[] {
  if (!files.some(mayChoose)) return [...files];
  const used = new Set(files.flatMap(listUsed));
  return files.map((file) => (mayChoose(file) ? { ...file, text: withoutOneOffRun(file, used, targets) } : file));
}

function mayChoose({ text }: TextFile): boolean {
  return COUNTS.test(text) && PARSES.test(text) && (SERVES.test(text) || STARTS.test(text));
}

function withoutOneOffRun(file: TextFile, used: ReadonlySet<string>, targets: ReadonlySet<string>): string {
  const tree = new PythonTree(file.text);
  const functions = childrenOf(tree.root)
    .flatMap((node) => functionAt(node, tree) ?? [])
    .slice(0, MAX_FUNCTIONS);
  const serves = callsOf(functions, tree, (text) => SERVES.test(text) || STARTS.test(text));
  const mayServe = callsOf(functions, tree, (text) => SERVES.test(text) || mayStart(text));
  const parses = callsOf(functions, tree, (text) => PARSES.test(text));
  const arms: PyNode[] = [];
  let left = MAX_CHOICES;
  walkPython(tree.root, (node) => {
    if (node.name !== "IfStatement" || arms.some((arm) => node.from >= arm.from && node.to <= arm.to)) return;
    const { arms: tested, otherwise } = armsOf(node);
    if (left <= 0 || !tested.some(({ test }) => COUNTS.test(tree.text(test)))) return;
    left -= 1;
    const bodies = [...tested.map(({ body }) => body), ...(otherwise ? [otherwise] : [])];
    const behind = restBehind(node, tree);
    for (const body of bodies) {
      const text = tree.text(body);
      const isOther = parses(text) && !mayServe(text);
      const beside = bodies.filter((one) => one !== body).some((one) => serves(tree.text(one)));
      const isApart = endsThere(body, tree) ? beside || serves(behind) : beside && !mayServe(behind);
      if (isOther && isApart) arms.push(body);
    }
  });
  if (arms.length === 0) return file.text;
  const cut = arms.flatMap(statementsOf);
  const kept = countWords(blank(file.text, cut));
  const isAlone = ({ node, name }: Definition) =>
    kept.get(name) === 1 &&
    !targets.has(name) &&
    !used.has(`${moduleOf(file)}.${name}`) &&
    !arms.some((arm) => enclosing(arm, "FunctionDefinition")?.from === node.from) &&
    arms.some((arm) => countWords(tree.text(arm)).has(name));
  return blank(file.text, [...cut, ...functions.filter(isAlone).map(({ node }) => node)]);
}

/** Returns whether code calls what may start a server, by its name. */
function mayStart(text: string): boolean {
  return [...text.matchAll(CALL)].some(({ index, 1: point, 2: name = "" }) => {
    const isRun = point === "." && RUNS.test(name) && !RUNNER.test(text.slice(Math.max(0, index - 12), index));
    return isRun || /serve|mcp/i.test(name);
  });
}

/** Returns a test for code that does something itself, or by the functions of its file that it calls. */
function callsOf(
  functions: readonly Definition[],
  tree: PythonTree,
  doesItself: (text: string) => boolean,
): (text: string) => boolean {
  const bodies = functions.map(({ node, name }) => ({ name, text: tree.text(node).slice(0, MAX_CODE) }));
  const names = new Set(bodies.flatMap(({ name, text }) => (doesItself(withoutHead(text)) ? [name] : [])));
  const calls = (text: string) => [...countWords(text).keys()].some((word) => names.has(word));
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = names.size;
    for (const { name, text } of bodies) if (calls(withoutHead(text))) names.add(name);
    if (names.size === before) break;
  }
  return (text) => doesItself(text.slice(0, MAX_CODE)) || calls(text.slice(0, MAX_CODE));
}

/** A function's text without its name, which says nothing of what it does. */
function withoutHead(text: string): string {
  return text.replace(/\bdef\s{1,5}\w{1,100}/, "");
}

function endsThere(body: PyNode, tree: PythonTree): boolean {
  const last = statementsOf(body).at(-1);
  return last !== undefined && ENDS.test(tree.text(last));
}

/** What stands behind a statement in the same block. */
function restBehind(node: PyNode, tree: PythonTree): string {
  return node.parent ? tree.slice(node.to, Math.min(node.parent.to, node.to + MAX_CODE)) : "";
}
