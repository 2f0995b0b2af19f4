import { load, type Measured } from "./load.ts";
import { type AbsentPeer, startPeers } from "./peers.ts";
import { formatTable, formatTargets, median, type Target, toMegabytes } from "./report.ts";
import { type Subject, startCatwalk, startHostAlone, startNative } from "./subjects.ts";

const CONCURRENCIES = [1, 16] as const;
const CATWALK = "Catwalk: gateway and mcp-host";
const HOST = "mcp-host alone";
const BARE_BRIDGE = /^npm mcp-proxy/;

export interface CallOptions {
  rounds: number;
  /** Measured time of one turn, in seconds. */
  seconds: number;
  warmUpSeconds: number;
}

interface Result {
  subject: Subject;
  /** By concurrency, one for each round. */
  measured: Measured[][];
  idle: Record<string, number>;
  used: Record<string, number>;
  /** Why it cannot be measured: it did not answer a call as it should. */
  failure: string | null;
}

/**
 * Measures `echo` of one server behind its own HTTP transport, behind mcp-host, behind Catwalk and behind published gateways, which take turns, round by round.
 * Returns Markdown: a table with ratios to Catwalk, and which targets were met.
 */
export async function measureCalls(options: CallOptions): Promise<string> {
  const subjects: Subject[] = [];
  try {
    for (const start of [startNative, () => startHostAlone(), startCatwalk]) {
      const subject = await start();
      console.error(`${subject.name} runs`);
      subjects.push(subject);
    }
    const { subjects: peers, absent } = await startPeers();
    subjects.push(...peers);
    const measured = await measure(subjects, options);
    const results = measured.filter(({ failure }) => failure === null);
    const failed = measured.flatMap(({ subject: { name }, failure }) =>
      failure === null ? [] : [{ name, reason: failure }],
    );
    return [formatResults(results), formatAbsent([...absent, ...failed]), formatTargets(listTargets(results))].join(
      "\n\n",
    );
  } finally {
    for (const subject of subjects) await subject.stop();
  }
}

/** Takes turns, so that whatever else the machine does meets all of them. */
async function measure(subjects: readonly Subject[], options: CallOptions): Promise<Result[]> {
  const results: Result[] = [];
  for (const subject of subjects) {
    results.push({ subject, measured: [], idle: await subject.memory(), used: {}, failure: null });
  }
  const times = { warmUpMs: options.warmUpSeconds * 1_000, measureMs: options.seconds * 1_000 };
  for (let round = 1; round <= options.rounds; round++) {
    for (const [at, clients] of CONCURRENCIES.entries()) {
      for (const result of results.filter(({ failure }) => failure === null)) {
        const { subject, measured } = result;
        console.error(`round ${round}, ${clients} at once, ${subject.name} …`);
        try {
          measured[at] = [...(measured[at] ?? []), await load(subject.target, clients, times)];
        } catch (error) {
          result.failure = error instanceof Error ? error.message.slice(0, 200) : String(error);
        }
      }
    }
  }
  for (const result of results) result.used = await result.subject.memory();
  return results;
}

function formatResults(results: readonly Result[]): string {
  const base = results.find(({ subject }) => subject.name === CATWALK);
  const heads = CONCURRENCIES.flatMap((clients) => [`p50, ${clients}`, `p99, ${clients}`, `calls/s, ${clients}`]);
  const rows = results.map((result) => {
    const cells = CONCURRENCIES.flatMap((_, at) => {
      const cell = (of: (measured: Measured) => number, unit: string, digits: number) => {
        const value = middle(result, at, of);
        const ratio = result === base || base === undefined ? "" : ` (${(value / middle(base, at, of)).toFixed(2)}×)`;
        return `${value.toFixed(digits)}${unit}${ratio}`;
      };
      return [cell((m) => m.p50Ms, " ms", 2), cell((m) => m.p99Ms, " ms", 2), cell((m) => m.callsPerSecond, "", 0)];
    });
    const memory = Object.keys(result.used).map(
      (part) => `${part} ${toMegabytes(result.idle[part])} → ${toMegabytes(result.used[part])}`,
    );
    return [result.subject.name, ...cells, memory.join(", ")];
  });
  return formatTable(["", ...heads, "resident memory, MB, idle → after"], rows);
}

function formatAbsent(absent: readonly AbsentPeer[]): string {
  const measuredElsewhere =
    "TBXark's mcp-proxy, Docker's MCP Gateway and others in Go: no package registry of npm or Python has them";
  const lines = absent.map(({ name, reason }) => `${name}: ${reason}`);
  return ["Not measured:", ...[...lines, measuredElsewhere].map((line) => `- ${line}`)].join("\n");
}

function listTargets(results: readonly Result[]): Target[] {
  const find = (matches: (name: string) => boolean) => results.find(({ subject }) => matches(subject.name));
  const catwalk = find((name) => name === CATWALK);
  const host = find((name) => name === HOST);
  const bridge = find((name) => BARE_BRIDGE.test(name));
  if (catwalk === undefined || host === undefined) return [];
  const targets: Target[] = [];
  if (bridge !== undefined) {
    const ratio = middle(catwalk, 1, (m) => m.callsPerSecond) / middle(bridge, 1, (m) => m.callsPerSecond);
    targets.push({
      name: "calls/s at 16 clients, against npm mcp-proxy",
      bound: "2.5 ×",
      measured: `${ratio.toFixed(2)} ×`,
      isMet: ratio >= 2.5,
    });
  }
  for (const [quantile, boundMs, of] of [
    ["p50", 0.25, (m: Measured) => m.p50Ms],
    ["p99", 1, (m: Measured) => m.p99Ms],
  ] as const) {
    const addedMs = middle(catwalk, 0, of) - middle(host, 0, of);
    targets.push({
      name: `what the gateway adds to mcp-host at 1 client, ${quantile}`,
      bound: `${boundMs} ms`,
      measured: `${addedMs.toFixed(2)} ms`,
      isMet: addedMs <= boundMs,
    });
  }
  return targets;
}

function middle({ measured }: Result, at: number, of: (measured: Measured) => number): number {
  return median((measured[at] ?? []).map(of));
}
