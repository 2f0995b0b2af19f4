import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { type DeployingApp, startDeployingApp } from "../../gateway/bench/subjects.ts";
import { startCorpusServer } from "../eval/corpus-server.ts";
import { indexOfThisHost } from "../fetch/registries/index-setting.ts";
import { type SlowProxy, startSlowProxy } from "./slow-proxy.ts";

const run = promisify(execFile);
/** Each is read three times, and one person may ask for 120 analyses in ten minutes. */
const MAX_EACH = 13;
const HEALTH_EVERY_MS = 20;
/** Longer than an answer of where a source is counts without being asked for again. */
const LATER_MS = 61_000;

const entrySchema = z.array(
  z.looseObject({ url: z.string(), registry: z.string().nullish(), package: z.string().nullish() }),
);

export interface TimesOptions {
  /** Path of a list with github-server.mjs beside it. */
  list: string;
  /** Folder of bare clones. */
  mirrors: string;
  /** How long each answer of GitHub and of the registries takes, in milliseconds. */
  delayMs: number;
}

interface Row {
  kind: string;
  sources: number;
  first: number[];
  second: number[];
  later: number[];
  failed: number;
}

/**
 * Analyzes the repositories of a list and the packages that they publish, through the API of a running Catwalk: a first time, at
 * once again, and a minute later. GitHub and the registries answer late. Returns Markdown.
 */
export async function measureTimes({ list, mirrors, delayMs }: TimesOptions): Promise<string> {
  const entries = entrySchema.parse(JSON.parse(await readFile(list, "utf8")));
  const corpus = await startCorpusServer(dirname(resolve(list)), mirrors);
  const proxies: SlowProxy[] = [];
  const slow = async (url: string) => {
    const proxy = await startSlowProxy(url, delayMs);
    proxies.push(proxy);
    return proxy.url;
  };
  try {
    const index = await indexOfThisHost(process.env);
    const { stdout } = await run("npm", ["config", "get", "registry"]);
    const gitHub = await slow(corpus.url);
    const npm = await slow(stdout.trim());
    const pypi = index === null ? {} : await slow(index).then((url) => ({ PIP_INDEX_URL: url, UV_DEFAULT_INDEX: url }));
    const settings = { GITHUB_API_URL: gitHub, GITHUB_TOKEN: "bench", npm_config_registry: `${npm}/`, ...pypi };
    const app = await startDeployingApp({ settings });
    try {
      const ofRegistry = (registry: string) =>
        entries.flatMap((one) => (one.registry === registry && one.package ? [`${registry}:${one.package}`] : []));
      return await measureAll(app, [
        ["repository", entries.map((one) => one.url)],
        ["package of npm", ofRegistry("npm")],
        ["package of PyPI", ofRegistry("pypi")],
      ]);
    } finally {
      await app.stop();
    }
  } finally {
    for (const proxy of proxies) proxy.stop();
    corpus.stop();
  }
}

async function measureAll(app: DeployingApp, groups: [string, string[]][]): Promise<string> {
  const token = await app.token();
  const health = watchHealth(app.url);
  const rows: Row[] = [];
  for (const [kind, all] of groups) {
    const sources = [...new Set(all)].slice(0, MAX_EACH);
    const row: Row = { kind, sources: sources.length, first: [], second: [], later: [], failed: 0 };
    for (const source of sources) {
      const { durationMs, isAnswered } = await analyze(app.url, token, source);
      row.first.push(durationMs);
      if (!isAnswered) row.failed += 1;
      row.second.push((await analyze(app.url, token, source)).durationMs);
      console.error(`${source}: ${Math.round(durationMs)} ms`);
    }
    await delay(LATER_MS);
    for (const source of sources) row.later.push((await analyze(app.url, token, source)).durationMs);
    rows.push(row);
  }
  return toMarkdown(rows, await health.stop());
}

async function analyze(appUrl: string, token: string, source: string) {
  const startMs = performance.now();
  const response = await fetch(`${appUrl}/api/analyze`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ repo_url: source }),
  });
  await response.text();
  // A server that Catwalk cannot run is an answer too.
  return { durationMs: performance.now() - startMs, isAnswered: response.ok || response.status === 422 };
}

/** Asks for the app's health all the time. */
function watchHealth(appUrl: string): { stop: () => Promise<number[]> } {
  const durationsMs: number[] = [];
  let isOn = true;
  const watching = (async () => {
    while (isOn) {
      const startMs = performance.now();
      await fetch(`${appUrl}/api/health`).then((response) => response.text());
      durationsMs.push(performance.now() - startMs);
      await delay(HEALTH_EVERY_MS);
    }
  })();
  return {
    async stop() {
      isOn = false;
      await watching;
      return durationsMs;
    },
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN);
}

function toMarkdown(rows: readonly Row[], healthMs: readonly number[]): string {
  const of = (values: readonly number[]) =>
    `${quantile(values, 0.5)}, ${quantile(values, 0.9)}, ${quantile(values, 1)} ms`;
  const lines = rows.map(
    ({ kind, sources, first, second, later, failed }) =>
      `| ${kind} | ${sources}${failed > 0 ? `, ${failed} failed` : ""} | ${of(first)} | ${of(second)} | ${of(later)} |`,
  );
  return [
    "| source | number | first time: p50, p90, longest | at once again | a minute later |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
    "",
    `\`/api/health\` meanwhile: p50 ${quantile(healthMs, 0.5)} ms, p99 ${quantile(healthMs, 0.99)} ms, longest ${quantile(healthMs, 1)} ms.`,
  ].join("\n");
}
