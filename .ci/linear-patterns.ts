import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { check } from "recheck";
import ts from "typescript";

// npm run patterns: finds regular expressions that take more than linear time. A stranger's text would then hold the event loop: a
// password policy with overlapping alternatives took 16 s for 140 characters. Patterns of tests and benchmarks see no such text.
//
// Judging a pattern takes up to half a minute and its outcome depends on the machine, so verdicts are committed. In CI a pattern without a
// verdict fails; elsewhere it is judged, and the verdict is written down for the commit.

const FILES = [
  "*.ts",
  "app/**/*.{ts,tsx}",
  "components/**/*.{ts,tsx}",
  "{lib,mcp-host/src,fly-simulator/src}/**/*.{ts,tsx}",
];
const EXCLUDED = /(^|\/)(node_modules|generated|testing|test|bench|dist|eval)\/|\.test\.tsx?$|\.d\.ts$/;
const VERDICTS_FILE = ".ci/pattern-verdicts.json";
const HASH_LENGTH = 12;
/** Limits of one pattern, in milliseconds. */
const LIMITS = { timeout: 30_000, incubationTimeout: 300, attackTimeout: 300 };

interface Verdicts {
  /** Hashes of linear patterns. */
  linear: string[];
  /** Patterns that recheck cannot decide in time. Each was read by a person. */
  undecided: string[];
  /** Superlinear patterns whose text has a bound, or is no stranger's, with the reason. */
  superlinear: Record<string, string>;
}

interface Pattern {
  source: string;
  flags: string;
  where: string;
}

const patterns = globSync(FILES, { exclude: (name) => /node_modules|\.next/.test(name) })
  .filter((file) => !EXCLUDED.test(file))
  .flatMap(findPatterns);
const bySource = Map.groupBy(patterns, ({ source, flags }) => `/${source}/${flags}`);
const verdicts: Verdicts = JSON.parse(await readFile(VERDICTS_FILE, "utf8"));
const unjudged = [...bySource.keys()].filter((text) => !isJudged(text));
const problems = process.env.CI ? unjudged.map((text) => describe(text, "has no verdict: run npm run patterns")) : [];
if (!process.env.CI) {
  await Promise.all(Array.from({ length: availableParallelism() }, judgeNext));
  await writeVerdicts();
}
for (const problem of problems) console.error(problem);
const { undecided, superlinear } = verdicts;
console.log(
  `${bySource.size} regular expressions, ${Object.keys(superlinear).length} superlinear in a bounded text, ${undecided.length} undecided, ${problems.length} problems`,
);
process.exit(problems.length > 0 ? 1 : 0);

function isJudged(text: string): boolean {
  const { linear, undecided, superlinear } = verdicts;
  return linear.includes(hash(text)) || undecided.includes(text) || superlinear[text] !== undefined;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, HASH_LENGTH);
}

function describe(text: string, verdict: string): string {
  const places = (bySource.get(text) ?? []).map(({ where }) => where);
  return `${places.join(", ")}\n  ${text}\n  ${verdict}`;
}

async function judgeNext(): Promise<void> {
  for (let text = unjudged.pop(); text !== undefined; text = unjudged.pop()) {
    const [{ source, flags } = { source: "", flags: "" }] = bySource.get(text) ?? [];
    const result = await check(source, flags, LIMITS);
    if (result.status === "safe") verdicts.linear.push(hash(text));
    else if (result.status === "vulnerable") {
      problems.push(describe(text, `${result.complexity.summary} for ${result.attack.pattern}`));
    } else {
      problems.push(
        describe(text, `cannot be decided (${result.error.kind}): make it simpler, or add it to "undecided"`),
      );
    }
  }
}

/** Writes the verdicts of the patterns that exist, sorted, so that a change shows only what it adds or removes. */
async function writeVerdicts(): Promise<void> {
  const texts = [...bySource.keys()];
  const hashes = new Set(texts.map(hash));
  const current: Verdicts = {
    linear: verdicts.linear.filter((one) => hashes.has(one)).sort(),
    undecided: verdicts.undecided.filter((text) => bySource.has(text)).sort(),
    superlinear: Object.fromEntries(
      Object.entries(verdicts.superlinear)
        .filter(([text]) => bySource.has(text))
        .sort(),
    ),
  };
  await writeFile(VERDICTS_FILE, `${JSON.stringify(current, null, 2)}\n`);
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
