import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { measureHostile } from "../../analysis/bench/hostile.ts";
import { measureAsleep } from "./asleep.ts";
import { measureCredentials } from "./credentials.ts";
import { load, type Measured } from "./load.ts";
import { type Subject, startCatwalk, startHostAlone, startNative } from "./subjects.ts";

// npm run bench [-- --seconds 5 --rounds 3]: the same server behind its own HTTP transport, behind mcp-host, and behind all of Catwalk,
// called by the same client. npm run bench -- asleep [--machines 4 --rounds 6]: what clients wait for while machines sleep.
// npm run bench -- credentials: what checking a token costs beside an access key. npm run bench -- hostile [NAME…]: sources that were
// made to hold, fill or break whatever reads them. Prints Markdown.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string" }, rounds: { type: "string" }, machines: { type: "string" } },
});
const seconds = positive("seconds", values.seconds ?? "5");
const WARM_UP_SECONDS = 2;
const CONCURRENCIES = [1, 16];

if (positionals[0] === "hostile") {
  console.log(`${where()}\n\n${await measureHostile(positionals.slice(1))}`);
} else if (positionals[0] === "credentials") {
  console.log(`${where()}\n\n${await measureCredentials()}`);
} else if (positionals[0] === "asleep") {
  const options = {
    machines: positive("machines", values.machines ?? "4"),
    rounds: positive("rounds", values.rounds ?? "6"),
  };
  const tables = await measureAsleep(options);
  const { machines, rounds } = options;
  console.log(`${where()}; ${machines} machines, ${rounds} rounds\n\n${tables}`);
} else {
  await compare(positive("rounds", values.rounds ?? "3"));
}

interface Result {
  subject: Subject;
  /** By concurrency, one for each round. */
  measured: Measured[][];
  idle: Record<string, number>;
  used: Record<string, number>;
}

/** Prints the table of the three ways to reach the server. */
async function compare(rounds: number): Promise<void> {
  const subjects: Subject[] = [];
  try {
    for (const start of [startNative, startHostAlone, startCatwalk]) {
      console.error(`${start.name} …`);
      subjects.push(await start());
    }
    console.log(table(await measure(subjects, rounds), rounds));
  } finally {
    for (const subject of subjects) await subject.stop();
  }
}

/** Takes turns, so that whatever else the machine does meets all of them. */
async function measure(subjects: readonly Subject[], rounds: number): Promise<Result[]> {
  const results: Result[] = [];
  for (const subject of subjects) results.push({ subject, measured: [], idle: await subject.memory(), used: {} });
  for (let round = 1; round <= rounds; round++) {
    for (const [at, clients] of CONCURRENCIES.entries()) {
      for (const { subject, measured } of results) {
        console.error(`round ${round}, ${clients} at once, ${subject.name} …`);
        const times = { warmUpMs: WARM_UP_SECONDS * 1000, measureMs: seconds * 1000 };
        measured[at] = [...(measured[at] ?? []), await load(subject.target, clients, times)];
      }
    }
  }
  for (const result of results) result.used = await result.subject.memory();
  return results;
}

function table(results: Result[], rounds: number): string {
  const heads = CONCURRENCIES.map((clients) => `p50, ${clients} | p99, ${clients} | calls/s, ${clients}`);
  const [native] = results;
  const lines = results.map((result) => {
    const cells = CONCURRENCIES.flatMap((_, at) => {
      const cell = (of: (measured: Measured) => number, unit: string, digits: number) => {
        const value = median((result.measured[at] ?? []).map(of));
        const base = median((native?.measured[at] ?? []).map(of));
        return `${value.toFixed(digits)}${unit}${result === native ? "" : ` (${(value / base).toFixed(2)}×)`}`;
      };
      return [cell((m) => m.p50Ms, " ms", 2), cell((m) => m.p99Ms, " ms", 2), cell((m) => m.callsPerSecond, "", 0)];
    });
    const memory = Object.keys(result.used).map(
      (part) => `${part} ${megabytes(result.idle[part])} → ${megabytes(result.used[part])}`,
    );
    return `| ${[result.subject.name, ...cells, memory.join(", ")].join(" | ")} |`;
  });
  return [
    `${where()}; median of ${rounds} rounds of ${seconds} s after ${WARM_UP_SECONDS} s`,
    "",
    `| | ${heads.join(" | ")} | resident memory, MB, idle → after |`,
    `|${" --- |".repeat(CONCURRENCIES.length * 3 + 2)}`,
    ...lines,
  ].join("\n");
}

/** When and on what it was measured. */
function where(): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.versions.node}`;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function megabytes(bytes: number | undefined): number {
  return Math.round((bytes ?? 0) / 2 ** 20);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
  return value;
}
