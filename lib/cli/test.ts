import { spawn } from "node:child_process";
import { once } from "node:events";
import { glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { z } from "zod";
import { SETTING_NAMES } from "../env/env.ts";

// npm test runs every test: functions, processes and the wire under node:test, then pages in a browser. `npm test -- WORD…` runs
// the files whose path contains one of the words.

const root = resolve(import.meta.dirname, "..", "..");
const FILES = [
  "app/**/*.test.ts",
  "components/**/*.test.ts",
  "lib/**/*.test.ts",
  "mcp-host/**/*.test.ts",
  "fly-simulator/**/*.test.ts",
];
const BROWSER_FILES = ["e2e/**/*.spec.ts"];
/** More files at once make none of them faster on a machine with two cores. */
const CONCURRENCY = 2;
const FILE_WITHIN_MS = 15 * 60_000;

const statsSchema = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
});

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

process.chdir(root);
// A developer's own settings must not influence tests.
for (const name of SETTING_NAMES) delete process.env[name];
const words = process.argv.slice(2);
const counts = [await runNodeTests(await filesOf(FILES)), await runBrowserTests(await filesOf(BROWSER_FILES))];
const total = counts.reduce((sum, part) => ({
  passed: sum.passed + part.passed,
  failed: sum.failed + part.failed,
  skipped: sum.skipped + part.skipped,
}));
if (total.passed + total.failed === 0) console.error("No test ran.");
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ""}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

async function filesOf(patterns: string[]): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(patterns, { exclude: (name) => name.includes("node_modules") })) {
    if (words.length === 0 || words.some((word) => file.includes(word))) files.push(file);
  }
  return files.sort();
}

async function runNodeTests(files: string[]): Promise<Counts> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  if (files.length === 0) return counts;
  const options = {
    files: files.map((file) => join(root, file)),
    concurrency: CONCURRENCY,
    timeout: FILE_WITHIN_MS,
    globalSetupPath: join(root, "lib", "db", "testing", "server.ts"),
  };
  const events = run(options);
  events.on("test:summary", ({ file, counts: of }) => {
    // node:test emits a summary for each file, then one for all of them.
    if (file !== undefined) return;
    const skipped = of.skipped + of.todo;
    Object.assign(counts, { passed: of.passed, skipped, failed: of.tests - of.passed - skipped });
  });
  const report = events.compose(new spec());
  report.pipe(process.stdout, { end: false });
  await finished(report);
  return counts;
}

async function runBrowserTests(files: string[]): Promise<Counts> {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const folder = await mkdtemp(join(tmpdir(), "catwalk-browser-tests-"));
  const report = join(folder, "report.json");
  try {
    const command = createRequire(import.meta.url).resolve("playwright/package.json");
    const child = spawn(
      process.execPath,
      [resolve(command, "..", "cli.js"), "test", "--reporter=list,json", ...files],
      { stdio: "inherit", env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report, FORCE_COLOR: "0" } },
    );
    await once(child, "exit");
    const { stats } = statsSchema.parse(JSON.parse(await readFile(report, "utf8")));
    const passed = stats.expected;
    // A run can fail without a failed test, such as when the browser does not start.
    const failed = stats.unexpected + stats.flaky;
    return { passed, failed: failed || (child.exitCode === 0 ? 0 : 1), skipped: stats.skipped };
  } catch (error) {
    console.error("The browser tests did not run:", error);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
