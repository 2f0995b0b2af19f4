import { join } from "node:path";
import { serveAsPackage } from "../../../e2e/testing/registry.ts";
import { BULK_SERVER, BULK_SERVER_FOLDER } from "./bulk-server.ts";
import { processTree } from "./processes.ts";
import { formatTable, formatTargets, median, type Target, toMegabytes } from "./report.ts";
import { openSession } from "./session.ts";
import { type DeployingApp, type Subject, startDeployingApp, startHostAlone } from "./subjects.ts";
import { requestText, type Wire } from "./wire.ts";

const ANSWER_BYTES = 12 * 1024 * 1024;
const BODY_BYTES = 10 * 1024 * 1024 - 1024;
const EVENTS = 10_000;
/** How much slower than mcp-host alone the whole path may be. */
const MAX_RATIO = 1.15;
const MEMORY_EVERY_MS = 20;

/** A call with a large body, and what its answer has to have. */
const CALLS = [
  { name: "an answer of 12 MB", tool: "make", input: { bytes: ANSWER_BYTES }, minBytes: ANSWER_BYTES, holds: "xxx" },
  {
    name: "a body of 10 MB",
    tool: "measure",
    input: { value: "x".repeat(BODY_BYTES) },
    minBytes: 1,
    holds: `"${BODY_BYTES}"`,
  },
  {
    name: `a stream of ${EVENTS} progress events`,
    tool: "count",
    input: { steps: EVENTS },
    minBytes: EVENTS * 50,
    holds: "counted",
  },
] as const;

/**
 * Measures large bodies and long streams through the whole path beside mcp-host alone, which take turns. Returns Markdown: the times, and
 * which targets were met.
 */
export async function measureBodies(rounds: number): Promise<string> {
  const registry = await serveAsPackage(BULK_SERVER_FOLDER);
  const stops: (() => Promise<void>)[] = [];
  try {
    console.error("mcp-host and Catwalk …");
    const host: Subject = await startHostAlone([join(BULK_SERVER_FOLDER, "server.js")]);
    stops.push(host.stop);
    const app = await startDeployingApp({ settings: registry.settings });
    stops.push(app.stop);
    const catwalkTarget = await app.deploy(BULK_SERVER);
    const wires = [await openSession(host.target), await openSession(catwalkTarget)] as const;
    const targets: Target[] = [];
    const rows: string[][] = [];
    for (const [at, call] of CALLS.entries()) {
      console.error(`${call.name} …`);
      const tookMs: [number[], number[]] = [[], []];
      let peakBytes = 0;
      // The first round warms up.
      for (let round = 0; round <= rounds; round++) {
        for (const which of [0, 1] as const) {
          // In turns without the app as well: the watching takes processor time.
          const watch = watchMemory(app);
          const ms = await measureCall(wires[which], at * 1_000 + round + 1, call);
          peakBytes = Math.max(peakBytes, await watch.stop());
          if (round > 0) tookMs[which].push(ms);
        }
      }
      const [hostMs, catwalkMs] = [median(tookMs[0]), median(tookMs[1])];
      const ratio = catwalkMs / hostMs;
      rows.push([
        call.name,
        `${hostMs.toFixed(0)} ms`,
        `${catwalkMs.toFixed(0)} ms (${ratio.toFixed(2)}×)`,
        `${toMegabytes(peakBytes)} MB`,
      ]);
      targets.push({
        name: `${call.name}, against mcp-host alone`,
        bound: `${MAX_RATIO} ×`,
        measured: `${ratio.toFixed(2)} ×`,
        isMet: ratio <= MAX_RATIO,
      });
    }
    for (const wire of wires) wire.close();
    const head = ["", "mcp-host alone", "Catwalk", "the app's resident memory, at most"];
    return [formatTable(head, rows), formatTargets(targets)].join("\n\n");
  } finally {
    for (const stop of stops.reverse()) await stop();
    registry.close();
  }
}

/** Returns how long a call took, in milliseconds. Throws when its answer is not the right one. */
async function measureCall(wire: Wire, id: number, call: (typeof CALLS)[number]): Promise<number> {
  const params = { name: call.tool, arguments: call.input, _meta: { progressToken: id } };
  const body = requestText(id, "tools/call", params);
  const startedAt = performance.now();
  const { text } = await wire.send("POST", body);
  const tookMs = performance.now() - startedAt;
  if (text.length < call.minBytes || !text.includes(call.holds)) {
    throw new Error(`${call.name} was answered with ${text.length} characters: ${text.slice(0, 200)}`);
  }
  return tookMs;
}

/** Watches the app's resident memory until it is stopped; `stop` returns the most that was seen, in bytes. */
function watchMemory({ pid = 0 }: DeployingApp): { stop(): Promise<number> } {
  let mostBytes = 0;
  let reading = Promise.resolve();
  const read = async () => {
    const app = (await processTree(pid)).find((process) => process.pid === pid);
    mostBytes = Math.max(mostBytes, app?.rssBytes ?? 0);
  };
  const timer = setInterval(() => {
    reading = reading.then(read);
  }, MEMORY_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await reading.then(read);
      return mostBytes;
    },
  };
}
