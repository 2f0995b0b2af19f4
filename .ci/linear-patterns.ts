import { globSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { check } from "recheck";
import ts from "typescript";

// npm run patterns: finds regular expressions that take more than linear time. A stranger's text would then hold the event loop: a
// password policy with overlapping alternatives took 16 s for 140 characters. Patterns of tests and benchmarks see no such text.

const FILES = [
  "*.ts",
  "app/**/*.{ts,tsx}",
  "components/**/*.{ts,tsx}",
  "{lib,mcp-host/src,fly-simulator/src}/**/*.{ts,tsx}",
];
const EXCLUDED = /(^|\/)(node_modules|generated|testing|test|bench|dist|eval)\/|\.test\.tsx?$|\.d\.ts$/;
const SAFE = "safe";
const CACHE_FILE = "node_modules/.cache/linear-patterns.json";
/** Limits of one pattern, in milliseconds. */
const LIMITS = { timeout: 30_000, incubationTimeout: 300, attackTimeout: 300 };

/** Superlinear patterns that are older than this check. The list only shrinks. */
const KNOWN_FILE = ".ci/superlinear-patterns.json";

interface Pattern {
  source: string;
  flags: string;
  where: string;
}

const patterns = globSync(FILES, { exclude: (name) => /node_modules|\.next/.test(name) })
  .filter((file) => !EXCLUDED.test(file))
  .flatMap(findPatterns);
const bySource = Map.groupBy(patterns, ({ source, flags }) => `/${source}/${flags}`);
const known: string[] = JSON.parse(await readFile(KNOWN_FILE, "utf8"));
const verdicts = await readCache();
const unknown = [...bySource.keys()].filter((text) => !(known.includes(text) || text in verdicts));
await Promise.all(Array.from({ length: availableParallelism() }, judgeNext));
await writeCache();
const problems: string[] = [];
for (const [text, uses] of bySource) {
  const verdict = verdicts[text];
  if (verdict === undefined || verdict === SAFE || known.includes(text)) continue;
  problems.push(`${uses.map(({ where }) => where).join(", ")}\n  ${text}\n  ${verdict}`);
}
for (const text of known) {
  if (!bySource.has(text)) console.warn(`${KNOWN_FILE} has a pattern that no file has any more, remove it: ${text}`);
}
for (const problem of problems) console.error(problem);
console.log(`${bySource.size} regular expressions, ${known.length} known as superlinear, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);

async function judgeNext(): Promise<void> {
  for (let text = unknown.pop(); text !== undefined; text = unknown.pop()) {
    const [{ source, flags } = { source: "", flags: "" }] = bySource.get(text) ?? [];
    const result = await check(source, flags, LIMITS);
    // Undecided patterns pass: whether recheck finishes depends on the machine, and a check must not.
    if (result.status === "unknown") console.warn(`not decided (${result.error.kind}): ${text}`);
    else verdicts[text] = result.status === "safe" ? SAFE : `${result.complexity.summary} for ${result.attack.pattern}`;
  }
}

/** Verdicts of earlier runs: judging every pattern takes minutes, judging the new ones takes seconds. */
async function readCache(): Promise<Record<string, string>> {
  const text = await readFile(CACHE_FILE, "utf8").catch(() => "{}");
  return JSON.parse(text);
}

async function writeCache(): Promise<void> {
  await mkdir(dirname(CACHE_FILE), { recursive: true });
  await writeFile(CACHE_FILE, JSON.stringify(verdicts));
}

/** Finds the literals of a file, and the patterns that `RegExp` is given as text. */
function findPatterns(file: string): Pattern[] {
  const tree = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const found: Pattern[] = [];
  const add = (node: ts.Node, source: string, flags: string) => {
    const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
    found.push({ source, flags, where: `${file}:${line + 1}` });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      add(node, node.text.slice(1, end), node.text.slice(end + 1));
    } else if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === "RegExp") {
      const [source, flags] = node.arguments ?? [];
      if (source && ts.isStringLiteralLike(source)) {
        add(node, source.text, flags && ts.isStringLiteralLike(flags) ? flags.text : "");
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}
