import { spawn } from "node:child_process";
import { once } from "node:events";
import { glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { pathToFileURL } from "node:url";
import { startTestServer, stopTestServer } from "../db/testing/server.ts";
import { SETTING_NAMES } from "../env/env.ts";
import { type Counts, failureLine, readBrowserReport } from "./testing/browser-report.ts";

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
/** The longest time for one test; the longest one takes two minutes on a busy machine. */
const TEST_WITHIN_MS = 6 * 60_000;
/** The longest time for the tests under node:test, and for those in a browser. A run that hangs must still report its counts. */
const NODE_TESTS_WITHIN_MS = 40 * 60_000;
const BROWSER_TESTS_WITHIN_MS = 30 * 60_000;

process.chdir(root);
// A developer's own settings must not influence tests.
for (const name of SETTING_NAMES) delete process.env[name];
const words = process.argv.slice(2);
const failures: string[] = [];
const counts = [await runWithDatabase(await filesOf(FILES)), await runBrowserTests(await filesOf(BROWSER_FILES))];
const total = counts.reduce((sum, part) => ({
  passed: sum.passed + part.passed,
  failed: sum.failed + part.failed,
  skipped: sum.skipped + part.skipped,
}));
if (total.passed + total.failed === 0) console.error("No test ran.");
// The end of a long log is often all that is kept of it.
if (failures.length > 0) console.log(`Failed tests:\n${failures.join("\n")}`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ""}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

async function filesOf(patterns: string[]): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(patterns, { exclude: (name) => name.includes("node_modules") })) {
    if (words.length === 0 || words.some((word) => file.includes(word))) files.push(file);
  }
  return files.sort();
}

async function runWithDatabase(files: string[]): Promise<Counts> {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  // Not node:test's own global setup: its teardown would still run while this program ends, and leave the server's folder behind.
  await startTestServer();
  try {
    return await runNodeTests(files);
  } finally {
    await stopTestServer();
  }
}

async function runNodeTests(files: string[]): Promise<Counts> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const options = {
    files: files.map((file) => join(root, file)),
    signal: AbortSignal.timeout(NODE_TESTS_WITHIN_MS),
    concurrency: CONCURRENCY,
    timeout: TEST_WITHIN_MS,
    execArgv: ["--import", pathToFileURL(join(root, "lib", "cli", "testing", "end-of-file.ts")).href],
  };
  const events = run(options);
  events.on("test:summary", ({ file, counts: of }) => {
    // node:test emits a summary for each file, then one for all of them.
    if (file !== undefined) return;
    const skipped = of.skipped + of.todo;
    Object.assign(counts, { passed: of.passed, skipped, failed: of.tests - of.passed - skipped });
  });
  events.on("test:fail", ({ name, file, details: { error } }) => {
    // The file and every group of a failed test fail with it.
    if ("failureType" in error && error.failureType === "subtestsFailed") return;
    failures.push(
      failureLine(
        relative(root, file ?? root),
        name,
        (error.cause instanceof Error && error.cause.stack) || error.message,
      ),
    );
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
      [
        resolve(command, "..", "cli.js"),
        "test",
        "--reporter=list,json",
        `--global-timeout=${BROWSER_TESTS_WITHIN_MS}`,
        ...files,
      ],
      { stdio: "inherit", env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report, FORCE_COLOR: "0" } },
    );
    await once(child, "exit");
    const outcome = readBrowserReport(JSON.parse(await readFile(report, "utf8")), child.exitCode);
    for (const crash of outcome.crashes) console.log(`The browser crashed in ${crash}. It was repeated.`);
    failures.push(...outcome.failures);
    return outcome.counts;
  } catch (error) {
    console.error("The browser tests did not run:", error);
    failures.push(
      failureLine("e2e", "the run", error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
