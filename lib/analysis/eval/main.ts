import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { z } from "zod";
import { PROVIDERS } from "../../settings/providers.ts";
import { locate } from "../fetch/locate.ts";
import { npmClient } from "../fetch/registries/npm.ts";
import { pypiClient } from "../fetch/registries/pypi.ts";
import { inspect } from "../inspect/inspect.ts";
import { consultModel, type LanguageModelAccess } from "../llm/consult.ts";
import { parseSource } from "../source.ts";
import type { AnalysisContext, Draft } from "../types.ts";
import { type ScoredResult, toScoredResult } from "./result.ts";

// npm run eval:analysis -- LIST.json --mirrors DIR [--only WORD] [--out DIR]
//
// Analyzes every repository of a list and prints the score, the misses, the times and the memory. The list's folder holds
// score.mjs, and github-server.mjs, which serves GitHub's read API over DIR, a folder of bare clones. The package registries
// are the real ones. With OPENROUTER_API_KEY or OPENAI_API_KEY set, a second pass lets that language model take part.

const USAGE = "Usage: npm run eval:analysis -- LIST.json --mirrors DIR [--only WORD] [--out DIR]";
const TIMEOUT_MS = 120_000;
/** Any token does: without one the stand-in counts down the 60 requests of an hour. */
const GITHUB_TOKEN = "eval";
const entrySchema = z.array(z.looseObject({ url: z.string() }));

interface Measured {
  result: ScoredResult | null;
  draft: Draft | null;
  durationMs: number;
  error: string | null;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { mirrors: { type: "string" }, only: { type: "string" }, out: { type: "string" } },
});
const [listPath] = positionals;
if (!listPath || !values.mirrors || !existsSync(listPath) || !existsSync(values.mirrors)) {
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
const gitHub = await startGitHub(folder, values.mirrors);
try {
  await evaluate("without a language model", null);
  const model = languageModel();
  if (model) await evaluate(`with ${model.model}`, model);
  else console.log("No language model is configured: set OPENROUTER_API_KEY or OPENAI_API_KEY to score with one.");
} finally {
  gitHub.stop();
}

/** Analyzes every entry once and prints what came of it. */
async function evaluate(title: string, model: LanguageModelAccess | null): Promise<void> {
  const measured: Measured[] = [];
  for (const { url } of entries) measured.push(await measure(url, model));
  const name = model ? "with-model" : "without-model";
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
    const { draft, demanded, files: read } = await inspect(subject, files, context);
    const options = { fetch: globalThis.fetch, signal, report: context.report, demanded };
    const final = model ? await consultModel(draft, read, model, options) : draft;
    return { result: toScoredResult(url, final), draft: final, durationMs: performance.now() - startMs, error: null };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { result: null, draft: null, durationMs: performance.now() - startMs, error: message };
  }
}

async function startGitHub(corpus: string, mirrors: string): Promise<{ url: string; stop: () => void }> {
  const program = join(corpus, "github-server.mjs");
  const child = spawn(process.execPath, [program, "--mirrors", mirrors, "--port", "0", "--quiet"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/[\w.:]+/.exec(line)?.[0];
    if (url) return { url, stop: () => void child.kill() };
  }
  throw new Error(`${program} ended before it listened.`);
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
