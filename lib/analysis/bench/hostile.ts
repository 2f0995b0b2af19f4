import { join, resolve } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { AppError } from "../../errors/app-error.ts";
import { AnalysisProcess } from "../process/analysis-process.ts";
import { parseSource } from "../source.ts";
import { serveHostileSources } from "../testing/hostile-sources.ts";
import { readPeakMemory } from "./peak-memory.ts";

const TIMEOUT_MS = 15_000;
const SLOW_MS = 1_000;
const MEBIBYTE = 1024 * 1024;

interface Row {
  name: string;
  outcome: string;
  durationMs: number;
  /** Longest time for which this process's event loop was held meanwhile. */
  blockMs: number;
  memoryBytes: number | null;
}

/**
 * Reads every hostile input as the app does, one after another, and returns Markdown: the longest block of this process's event
 * loop, which stands for the app's, and the time and memory of each analysis.
 *
 * @param names inputs to read; all when there are none
 */
export async function measureHostile(names: readonly string[]): Promise<string> {
  const hostile = await serveHostileSources(names);
  try {
    Object.assign(process.env, hostile.registries);
    const rows: Row[] = [];
    let worker = await startProcess();
    for (const { name, source } of hostile.sources) {
      rows.push(await measure(worker, name, source, hostile.gitHub));
      console.error(rows.map(format).at(-1));
      if (!worker.isAlive) worker = await startProcess();
    }
    await worker.stop();
    return table(rows);
  } finally {
    hostile.stop();
  }
}

async function startProcess(): Promise<AnalysisProcess> {
  const root = resolve(import.meta.dirname, "..", "..", "..");
  const worker = await AnalysisProcess.start(join(root, "lib", "analysis", "process", "main.ts"), root);
  await worker.ready;
  return worker;
}

async function measure(worker: AnalysisProcess, name: string, source: string, gitHub: string): Promise<Row> {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const memory = readPeakMemory(worker.pid);
  loop.enable();
  const startMs = performance.now();
  let outcome: string;
  try {
    const request = { source: parseSource(source), gitHub: { apiUrl: gitHub, token: null }, wantsExcerpts: true };
    const options = { signal: undefined, report: () => undefined, decide: async () => true, timeoutMs: TIMEOUT_MS };
    const read = await worker.read({ request, ...options });
    outcome = `${read?.draft.kind}, ${read?.draft.inputs.length} inputs`;
  } catch (error) {
    outcome = error instanceof AppError ? error.code : `defect: ${error instanceof Error ? error.message : error}`;
  }
  const durationMs = performance.now() - startMs;
  loop.disable();
  const memoryBytes = memory();
  return { name, outcome, durationMs, blockMs: loop.max / 1e6, memoryBytes };
}

function format({ name, outcome, durationMs, blockMs, memoryBytes }: Row): string {
  const memory = memoryBytes === null ? "" : Math.round(memoryBytes / MEBIBYTE);
  return `| ${name} | ${outcome} | ${Math.round(durationMs)} | ${Math.round(blockMs)} | ${memory} |`;
}

function table(rows: Row[]): string {
  const slow = rows.filter(
    ({ durationMs, outcome }) => durationMs > SLOW_MS || /^(defect|source_unreadable)/.test(outcome),
  );
  const most = (of: (row: Row) => number) => Math.round(Math.max(...rows.map(of)));
  const sum = [
    `${rows.length} hostile inputs`,
    `longest block of the app's event loop ${most(({ blockMs }) => blockMs)} ms`,
    `longest analysis ${most(({ durationMs }) => durationMs)} ms`,
    `most memory ${most(({ memoryBytes }) => (memoryBytes ?? 0) / MEBIBYTE)} MB`,
    `${rows.filter(({ outcome }) => outcome === "source_unreadable").length} ended by force`,
  ];
  const head = "| input | outcome | time, ms | longest block, ms | memory, MB |\n| --- | --- | --- | --- | --- |";
  return `${sum.join("; ")}\n\nThose that took more than a second or were ended:\n\n${head}\n${slow.map(format).join("\n")}`;
}
