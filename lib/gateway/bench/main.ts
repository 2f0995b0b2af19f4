import { mkdir, realpath } from "node:fs/promises";
import { parseArgs } from "node:util";
import { measureHostile } from "../../analysis/bench/hostile.ts";
import { measureTimes } from "../../analysis/bench/times.ts";
import type { SeedSizes } from "../../db/testing/seed.ts";
import { measureAsleep } from "./asleep.ts";
import { measureBodies } from "./bodies.ts";
import { measureCalls } from "./calls.ts";
import { measureCredentials } from "./credentials.ts";
import { measureMemory } from "./memory.ts";
import { describeMachine, parsePositive } from "./report.ts";
import { measureScale, seedDataFolder } from "./scale.ts";

// npm run bench: the same server behind Catwalk, behind mcp-host alone and behind published gateways. `npm run bench -- NAME` runs another
// of the benchmarks below. Each prints Markdown; what it is doing goes to standard error.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string" },
    rounds: { type: "string" },
    "warm-up": { type: "string" },
    calls: { type: "string" },
    streams: { type: "string" },
    machines: { type: "string" },
    people: { type: "string" },
    deployments: { type: "string" },
    "calls-each": { type: "string" },
    "idle-seconds": { type: "string" },
    "data-folder": { type: "string" },
    list: { type: "string" },
    mirrors: { type: "string" },
    "delay-ms": { type: "string" },
  },
});

/** The value of an option as a number above 0. */
function option(name: Exclude<keyof typeof values, "data-folder" | "list" | "mirrors">, otherwise: number): number {
  return parsePositive(name, values[name] ?? String(otherwise));
}

const BENCHMARKS: Record<string, () => Promise<{ settings: string; tables: string }>> = {
  async calls() {
    const [rounds, seconds, warmUpSeconds] = [option("rounds", 3), option("seconds", 3), option("warm-up", 1)];
    const settings = `median of ${rounds} rounds of ${seconds} s after ${warmUpSeconds} s`;
    return { settings, tables: await measureCalls({ rounds, seconds, warmUpSeconds }) };
  },
  async bodies() {
    const rounds = option("rounds", 5);
    return { settings: `median of ${rounds} rounds`, tables: await measureBodies(rounds) };
  },
  async memory() {
    const [calls, streams] = [option("calls", 100_000), option("streams", 1_000)];
    return { settings: "", tables: await measureMemory({ calls, streams }) };
  },
  async asleep() {
    const [machines, rounds] = [option("machines", 4), option("rounds", 6)];
    return { settings: `${machines} machines, ${rounds} rounds`, tables: await measureAsleep({ machines, rounds }) };
  },
  async seed() {
    const { "data-folder": folder } = values;
    if (folder === undefined) throw new Error("Name the data folder to fill: --data-folder FOLDER");
    await seedDataFolder(await createDataFolder(folder), readSizes());
    return { settings: "", tables: `Start it with CATWALK_DATA_DIR=${folder} npm start` };
  },
  async scale() {
    const { "data-folder": folder } = values;
    const dataFolder = folder === undefined ? {} : { dataFolder: await createDataFolder(folder) };
    const sizes = readSizes();
    const idleSeconds = option("idle-seconds", 60);
    const settings = `${sizes.deployments} deployments of ${sizes.people} people, ${sizes.callsEach} call records each`;
    return { settings, tables: await measureScale({ ...sizes, ...dataFolder, idleSeconds }) };
  },
  async pages() {
    const rounds = option("rounds", 3);
    // Playwright takes a second to load.
    const { measurePages } = await import("./pages.ts");
    return { settings: `median of ${rounds} rounds, processor four times slower`, tables: await measurePages(rounds) };
  },
  async credentials() {
    return { settings: "", tables: await measureCredentials() };
  },
  async analysis() {
    const { list, mirrors } = values;
    if (list === undefined || mirrors === undefined) throw new Error("Name a list: --list LIST.json --mirrors DIR");
    const delayMs = option("delay-ms", 100);
    const settings = `GitHub and the registries answer after ${delayMs} ms`;
    return { settings, tables: await measureTimes({ list, mirrors, delayMs }) };
  },
  async hostile() {
    return { settings: "", tables: await measureHostile(positionals.slice(1)) };
  },
};

function readSizes(): SeedSizes {
  return {
    people: option("people", 100),
    deployments: option("deployments", 10_000),
    callsEach: option("calls-each", 1_000),
  };
}

/** Creates a data folder, which PostgreSQL's user can enter, where there is none. Returns its real path. */
async function createDataFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o711 });
  return realpath(path);
}

const [name = "calls"] = positionals;
const benchmark = BENCHMARKS[name];
if (benchmark === undefined) throw new Error(`There is no benchmark ${name}: ${Object.keys(BENCHMARKS).join(", ")}`);
const { settings, tables } = await benchmark();
console.log(`${[describeMachine(), settings].filter(Boolean).join("; ")}\n\n${tables}`);
