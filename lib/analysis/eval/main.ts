import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { PROVIDERS } from "../../settings/providers.ts";
import { locate } from "../fetch/locate.ts";
import { npmClient } from "../fetch/registries/npm.ts";
import { pypiClient } from "../fetch/registries/pypi.ts";
import { inspect } from "../inspect/inspect.ts";
import { consultModel } from "../llm/consult.ts";
import { selectExcerpts, toFileSet } from "../llm/prompt.ts";
import type { LanguageModelAccess } from "../llm/types.ts";
import { parseSource } from "../source.ts";
import { startLanguageModelServer } from "../testing/language-model-server.ts";
import { createGoodModel, nonsenseModel, obeyingModel, type Truth } from "../testing/stand-ins.ts";
import type { AnalysisContext, Draft } from "../types.ts";
import { startCorpusServer } from "./corpus-server.ts";
import { type ScoredResult, toScoredResult } from "./result.ts";

// npm run eval:analysis -- LIST.json --mirrors DIR [--only WORD] [--out DIR]
//
// Analyzes every repository of a list and prints the score, the misses, the times and the memory. The list's folder holds
// score.mjs, and github-server.mjs, which serves GitHub's read API over DIR, a folder of bare clones. The package registries
// are the real ones. With OPENROUTER_API_KEY or OPENAI_API_KEY set, a second pass lets that language model take part. With
// `--model` stand-ins take part instead: "good" answers from the list, "nonsense" turns every finding around, "obeying" follows
// whatever the files say. Several are separated by commas. None of them may score lower than the pass without a model.

const USAGE =
  "Usage: npm run eval:analysis -- LIST.json --mirrors DIR [--only WORD] [--out DIR] [--model good,nonsense,obeying]";
const TIMEOUT_MS = 120_000;
/** Any token does: without one the stand-in counts down the 60 requests of an hour. */
const GITHUB_TOKEN = "eval";
const STAND_INS = ["good", "nonsense", "obeying"] as const;
const needSchema = z.looseObject({ required: z.boolean().catch(false), secret: z.boolean().catch(false) });
const entrySchema = z.array(
  z.looseObject({
    url: z.string(),
    env: z.array(needSchema.extend({ name: z.string() })).catch([]),
    args: z.array(needSchema.extend({ flag: z.string() })).catch([]),
    alternatives: z
      .array(z.looseObject({ one_of: z.array(z.array(z.string())), required: z.boolean().catch(true) }))
      .catch([]),
  }),
);
type Entry = z.infer<typeof entrySchema>[number];

interface Measured {
  result: ScoredResult | null;
  draft: Draft | null;
  durationMs: number;
  error: string | null;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mirrors: { type: "string" },
    only: { type: "string" },
    out: { type: "string" },
    model: { type: "string" },
  },
});
const [listPath] = positionals;
const wanted = (values.model ?? "").split(",").filter((name) => name !== "");
const standIns = STAND_INS.filter((name) => wanted.includes(name));
if (
  standIns.length < wanted.length ||
  !listPath ||
  !values.mirrors ||
  !existsSync(listPath) ||
  !existsSync(values.mirrors)
) {
  console.error(USAGE);
  process.exit(2);
}
const folder = dirname(resolve(listPath));
const out = resolve(values.out ?? join(process.cwd(), "test-results", "eval-analysis"));
await mkdir(out, { recursive: true });
const all = entrySchema.parse(JSON.parse(await readFile(listPath, "utf8")));
const entries = all.filter((entry) => values.only === undefined || entry.url.includes(values.only));
const scoredList = join(out, "list.json");
await writeFile(scoredList, JSON.stringify(entries));
const gitHub = await startCorpusServer(folder, values.mirrors);
try {
  await evaluate("without a language model", null);
  const model = standIns.length > 0 ? null : languageModel();
  for (const name of standIns) await evaluateStandIn(name);
  if (model) await evaluate(`with ${model.model}`, model);
  else if (standIns.length === 0)
    console.log("No language model is configured: set OPENROUTER_API_KEY or OPENAI_API_KEY to score with one.");
} finally {
  gitHub.stop();
}

/** Lets a stand-in for a language model take part, which is served over the wire. */
async function evaluateStandIn(name: (typeof STAND_INS)[number]): Promise<void> {
  let current: Entry | undefined;
  const standIn = (prompt: string) => {
    if (name === "nonsense") return nonsenseModel(prompt);
    return name === "obeying" || !current ? obeyingModel(prompt) : createGoodModel(toTruth(current))(prompt);
  };
  const server = await startLanguageModelServer({ apiKey: "eval", answer: ({ prompt }) => standIn(prompt) });
  try {
    const access = { apiKey: "eval", baseUrl: server.url, model: `stand-in-${name}` };
    await evaluate(`with a stand-in: ${name}`, access, (entry) => {
      current = entry;
    });
    for (const problem of new Set(server.problems)) console.log(`problem            ${problem}`);
  } finally {
    await server.close();
  }
}

function toTruth({ env, args, alternatives }: Entry): Truth {
  return {
    inputs: [
      ...env.map(({ name, required, secret }) => ({ key: name, target: "env" as const, required, secret })),
      ...args.map(({ flag, required, secret }) => ({ key: flag, target: "arg" as const, required, secret })),
    ],
    alternatives: alternatives.map((group) => ({ oneOf: group.one_of, required: group.required })),
  };
}

/** Analyzes every entry once and prints what came of it. */
async function evaluate(
  title: string,
  model: LanguageModelAccess | null,
  onEntry: (entry: Entry) => void = () => undefined,
): Promise<void> {
  const measured: Measured[] = [];
  for (const entry of entries) {
    onEntry(entry);
    measured.push(await measure(entry.url, model));
  }
  const name = model ? `with-${model.model.replaceAll(/[^\w.-]+/g, "-")}` : "without-model";
  const results = measured.flatMap((one) => one.result ?? []);
  const resultsPath = join(out, `${name}.json`);
  await writeFile(resultsPath, JSON.stringify(results, null, 1));
  await writeFile(
    join(out, `${name}-drafts.json`),
    JSON.stringify(
      measured.map((one) => one.draft),
      null,
      1,
    ),
  );
  console.log(`\n== ${title} ==`);
  await score(scoredList, resultsPath);
  const durations = measured.map((one) => one.durationMs).sort((a, b) => a - b);
  const at = (share: number) => Math.round(durations[Math.floor((durations.length - 1) * share)] ?? 0);
  console.log(`\ntime per analysis  p50 ${at(0.5)} ms  p90 ${at(0.9)} ms  longest ${at(1)} ms`);
  console.log(
    `memory             ${Math.round(process.resourceUsage().maxRSS / 1024)} MB at most, all analyses in one process`,
  );
  entries.forEach(({ url }, index) => {
    const one = measured[index];
    if (one?.error) console.log(`failed             ${url}: ${one.error}`);
  });
  console.log(`results            ${resultsPath}`);
}

async function measure(url: string, model: LanguageModelAccess | null): Promise<Measured> {
  const startMs = performance.now();
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const context: AnalysisContext = {
    gitHub: { apiUrl: gitHub.url, token: GITHUB_TOKEN },
    fetch: globalThis.fetch,
    registries: { npm: npmClient(), pypi: pypiClient() },
    signal,
    report: () => undefined,
  };
  try {
    const located = await locate(parseSource(url), context);
    const { subject, files } = await located.read();
    const { draft, demanded, seen, files: read } = await inspect(subject, files, context);
    const options = { fetch: globalThis.fetch, signal, report: context.report, demanded, seen };
    // A model sees what the app hands it, and no more.
    const final = model ? await consultModel(draft, toFileSet(selectExcerpts(draft, read)), model, options) : draft;
    return { result: toScoredResult(url, final), draft: final, durationMs: performance.now() - startMs, error: null };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { result: null, draft: null, durationMs: performance.now() - startMs, error: message };
  }
}

async function score(list: string, results: string): Promise<void> {
  const child = spawn(process.execPath, [join(folder, "score.mjs"), list, results], { stdio: "inherit" });
  await once(child, "exit");
}

function languageModel(): LanguageModelAccess | null {
  const { OPENROUTER_API_KEY, OPENAI_API_KEY, OPENAI_BASE_URL, ANALYSIS_MODEL } = process.env;
  const provider = OPENROUTER_API_KEY && !(OPENAI_API_KEY && OPENAI_BASE_URL) ? PROVIDERS.openrouter : PROVIDERS.openai;
  const apiKey = provider === PROVIDERS.openrouter ? OPENROUTER_API_KEY : OPENAI_API_KEY;
  if (!apiKey) return null;
  return {
    apiKey,
    baseUrl: (OPENAI_BASE_URL ?? provider.baseUrl).replace(/\/+$/, ""),
    model: ANALYSIS_MODEL ?? provider.model,
  };
}
