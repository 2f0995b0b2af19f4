import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { load, type Measured } from "./load.ts";
import { type Subject, startCatwalk, startHostAlone, startNative } from "./subjects.ts";

// npm run bench [-- --seconds 10]: the same server behind its own HTTP transport, behind mcp-host, and behind all of Catwalk, called by the
// same client. Prints one Markdown table.

const { values } = parseArgs({ options: { seconds: { type: "string", default: "10" } } });
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new Error("--seconds must be a number above 0");
const duration = { warmUpMs: 3_000, measureMs: seconds * 1_000 };
const concurrencies = [1, 16];

interface Row {
  name: string;
  measured: Measured[];
  memory: Record<string, number>;
}

const rows: Row[] = [];
for (const start of [startNative, startHostAlone, startCatwalk]) {
  console.error(`Starting ${start.name.replace("start", "")} …`);
  const subject = await start();
  try {
    rows.push(await measure(subject));
  } finally {
    await subject.stop();
  }
}
console.log(table(rows));

async function measure(subject: Subject): Promise<Row> {
  const measured: Measured[] = [];
  for (const clients of concurrencies) {
    console.error(`${subject.name}: ${clients} at once …`);
    measured.push(await load(subject.target, clients, duration));
  }
  return { name: subject.name, measured, memory: await subject.memory() };
}

function table(rows: Row[]): string {
  const [cpu] = cpus();
  const heads = concurrencies.map((clients) => `p50 at ${clients} | p99 at ${clients} | calls/s at ${clients}`);
  const lines = rows.map(({ name, measured, memory }) => {
    const numbers = measured.map(({ p50Ms, p99Ms, callsPerSecond }, at) => {
      const native = rows[0]?.measured[at];
      const cell = (value: number, base: number | undefined, unit: string, digits: number) => {
        const ratio = base === undefined || name === rows[0]?.name ? "" : ` (${(value / base).toFixed(2)}×)`;
        return `${value.toFixed(digits)}${unit}${ratio}`;
      };
      return [
        cell(p50Ms, native?.p50Ms, " ms", 2),
        cell(p99Ms, native?.p99Ms, " ms", 2),
        cell(callsPerSecond, native?.callsPerSecond, "", 0),
      ].join(" | ");
    });
    const parts = Object.entries(memory).map(([part, bytes]) => `${part} ${Math.round(bytes / 2 ** 20)}`);
    return `| ${name} | ${numbers.join(" | ")} | ${parts.join(", ")} |`;
  });
  return [
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}; ${seconds} s each after ${duration.warmUpMs / 1000} s`,
    "",
    `| | ${heads.join(" | ")} | memory after it, MB |`,
    `| --- |${" --- |".repeat(heads.length * 3 + 1)}`,
    ...lines,
  ].join("\n");
}
