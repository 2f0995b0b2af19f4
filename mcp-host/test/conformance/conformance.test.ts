import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startHost } from "../testing/host-process.ts";

// The official conformance suite, in both eras, against mcp-host in front of a stdio server of the legacy era.

const suite = dirname(createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/package.json"));
const fixture = fileURLToPath(new URL("./fixture-server.ts", import.meta.url));
/** Eleven seconds on a machine that has nothing else to do. */
const RUN_WITHIN_MS = 150_000;
/** Scenarios wait for half a second here and there, which a machine with much else to do can miss; a defect fails every time. */
const ATTEMPTS = 6;

interface Check {
  id: string;
  status: string;
  errorMessage?: string;
}

/** The checks of each scenario that ran. */
type Results = Map<string, Check[]>;

/** Runs the suite with these arguments against an mcp-host of its own. */
async function runSuite(args: string[]): Promise<Results> {
  const host = await startHost({ command: [process.execPath, fixture] });
  const folder = await mkdtemp(join(tmpdir(), "mcp-host-conformance-"));
  try {
    const program = join(suite, "dist", "index.js");
    const child = spawn(process.execPath, [program, "server", "--url", `${host.url}/mcp`, "-o", folder, ...args], {
      stdio: "ignore",
      timeout: RUN_WITHIN_MS,
    });
    const [, signal] = (await once(child, "exit")) as [number | null, string | null];
    assert.equal(signal, null, "the suite did not end in time");
    const results: Results = new Map();
    for (const name of await readdir(folder)) {
      const scenario = /^server-(.+?)-\d{4}-\d{2}-\d{2}T/.exec(name)?.[1];
      assert(scenario, name);
      const checks = join(folder, name, "checks.json");
      // A scenario that ends with an exception leaves none.
      const thrown = [{ id: "scenario", status: "FAILURE", errorMessage: "it ended with an exception" }];
      results.set(scenario, existsSync(checks) ? (JSON.parse(await readFile(checks, "utf8")) as Check[]) : thrown);
    }
    return results;
  } finally {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns the faults of a scenario's outcome. A warning is the suite's term for an unmet SHOULD. */
function faultsOf(checks: Check[] | undefined): string[] {
  if (checks === undefined) return ["it did not run"];
  return checks
    .filter(({ status }) => status === "FAILURE" || status === "WARNING")
    .map(({ id, status, errorMessage }) => `${id} ${status}: ${errorMessage}`);
}

/** The names listed under `server:` in a YAML file of the suite's two plain forms. */
async function serverList(file: string): Promise<string[]> {
  const lines = (await readFile(file, "utf8")).split("\n");
  const start = lines.indexOf("server:") + 1;
  const length = lines.slice(start).findIndex((line) => /^\S/.test(line));
  return lines
    .slice(start, length === -1 ? undefined : start + length)
    .flatMap((line) => /^ {2}- ([\w-]+)/.exec(line)?.[1] ?? []);
}

for (const [revision, scenarios] of [
  ["2025-11-25", 30],
  ["2026-07-28", 37],
] as const) {
  test(`mcp-host passes the official conformance suite of ${revision}`, { timeout: 4 * RUN_WITHIN_MS }, async () => {
    const required = await serverList(join(suite, "requirements", `${revision}.yaml`));
    assert.equal(required.length, scenarios);
    const baseline = fileURLToPath(new URL(`./expected-failures-${revision}.yml`, import.meta.url));
    const expected = existsSync(baseline) ? await serverList(baseline) : [];

    const results = await runSuite(["--requirements", revision]);
    const failing = () =>
      [...new Set([...required, ...results.keys()])].filter((name) => faultsOf(results.get(name)).length > 0);
    const unexpected = () => failing().filter((name) => !expected.includes(name));
    for (let attempt = 2; attempt <= ATTEMPTS; attempt++) {
      for (const name of unexpected()) {
        const again = await runSuite(["--scenario", name, "--spec-version", revision]);
        for (const [scenario, checks] of again) results.set(scenario, checks);
      }
    }

    const faults = Object.fromEntries(unexpected().map((name) => [name, faultsOf(results.get(name))]));
    assert.deepEqual(faults, {});
    const stale = expected.filter((name) => !failing().includes(name));
    assert.deepEqual(stale, [], "listed as failing, and they pass");
  });
}
