import { cpus, totalmem } from "node:os";
import type { Memory } from "./bridges.ts";
import { type Measured, median } from "./client.ts";
import type { Quiet } from "./memory.ts";

/** With the processor time that the bridge took for each call, in ms; NaN where it cannot be known. */
export interface Costed extends Measured {
  processorMs: number;
}

/** What was measured, by the bridge's name; lists have a value for each round. */
export interface Result {
  calls: Map<string, Costed[]>;
  sessionCalls: Map<string, Costed[]>;
  single: Map<string, Costed[]>;
  idle: Map<string, Memory>;
  busy: Map<string, Memory>;
  /** New, after calls, and after each lot of abandoned sessions. */
  abandoned: Map<string, Quiet[]>;
  /** From spawn to the first answer, ms; the server's own under "". */
  starts: Map<string, number[]>;
  rounds: number;
  measureMs: number;
}

const columns = ["mcp-host", "mcp-proxy", "supergateway", "relay"];
const compared = "mcp-proxy";

/** One Markdown table under a line that says when and where. */
export function table(result: Result): string {
  const ownStartMs = median(result.starts.get("") ?? []);
  const of = (measured: Map<string, Costed[]>, value: (m: Costed) => number) => (name: string) =>
    median((measured.get(name) ?? []).map(value));
  const rows = [
    row(
      "calls/s, 16 clients, shared process",
      of(result.calls, (m) => m.callsPerSecond),
      0,
      "",
    ),
    row(
      "processor time of the bridge for each of them",
      of(result.calls, (m) => m.processorMs * 1000),
      0,
      " µs",
    ),
    row(
      "p50, 1 client",
      of(result.single, (m) => m.p50Ms),
      2,
      " ms",
    ),
    row(
      "p99, 1 client",
      of(result.single, (m) => m.p99Ms),
      2,
      " ms",
    ),
    row(
      "calls/s, 16 clients, a process for each session",
      of(result.sessionCalls, (m) => m.callsPerSecond),
      0,
      "",
    ),
    row("memory, idle", (name) => megabytes(result.idle.get(name)?.rssBytes), 0, " MB"),
    line("of its own", (name) => own(result.idle.get(name))),
    row("memory, 32 busy sessions, shared process", (name) => megabytes(result.busy.get(name)?.rssBytes), 0, " MB"),
    line("of its own", (name) => own(result.busy.get(name))),
    line("memory when quiet: new → after calls → after abandoned sessions", (name) =>
      abandoned(result.abandoned.get(name)),
    ),
    row(
      "spawn to first `initialize`, over the server's own",
      (name) => median(result.starts.get(name) ?? []) - ownStartMs,
      0,
      " ms",
    ),
  ];
  const extra = [...result.abandoned].filter(([name]) => !columns.includes(name));
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`;
  return [
    `${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.versions.node}; medians of ${result.rounds} rounds of ${result.measureMs / 1000} s, of 5 starts`,
    "",
    `| | ${columns.join(" | ")} |`,
    `|${" --- |".repeat(columns.length + 1)}`,
    ...rows,
    "",
    `The server's own start: ${ownStartMs.toFixed(0)} ms. In brackets the ratio to ${compared}.`,
    ...extra.map(([name, value]) => `The same, ${name}: ${abandoned(value)}.`),
  ].join("\n");
}

function row(what: string, value: (name: string) => number, digits: number, unit: string): string {
  const base = value(compared);
  return line(what, (name) => {
    const measured = value(name);
    if (Number.isNaN(measured)) return "–";
    const ratio = name === compared || Number.isNaN(base) ? "" : ` (${(measured / base).toFixed(2)}×)`;
    return `${measured.toFixed(digits)}${unit}${ratio}`;
  });
}

function line(what: string, cell: (name: string) => string): string {
  return `| ${[what, ...columns.map(cell)].join(" | ")} |`;
}

function own(memory: Memory | undefined): string {
  const value = megabytes(memory?.ownBytes);
  return Number.isNaN(value) ? "–" : `${value.toFixed(0)} MB`;
}

function abandoned(seen: Quiet[] | undefined): string {
  if (seen === undefined) return "–";
  const list = (value: (item: Quiet) => number | string) => seen.map(value).join(" → ");
  const memory = `${list(({ memory }) => megabytes(memory.rssBytes).toFixed(0))} MB`;
  const ofItsOwn = seen.some((item) => Number.isNaN(item.memory.ownBytes))
    ? ""
    : `, of its own ${list((item) => megabytes(item.memory.ownBytes).toFixed(0))}`;
  return `${memory}${ofItsOwn}, processes ${list((item) => item.servers)} (${list((item) => item.calls)} calls, ${list((item) => item.sessions)} sessions)`;
}

function megabytes(bytes: number | undefined): number {
  return (bytes ?? Number.NaN) / 2 ** 20;
}
