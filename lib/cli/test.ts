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
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { startTestServer, stopTestServer } from "../db/testing/server.ts";
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
/** The longest time for one test; the longest one takes two minutes on a busy machine. */
const TEST_WITHIN_MS = 6 * 60_000;
/** The longest time for the tests under node:test, and for those in a browser. A run that hangs must still report its counts. */
const NODE_TESTS_WITHIN_MS = 40 * 60_000;
const BROWSER_TESTS_WITHIN_MS = 30 * 60_000;

interface Suite {
  suites?: Suite[] | undefined;
  specs: {
    title: string;
    file: string;
    ok: boolean;
    tests: { results: { error?: { message?: string | undefined } | undefined }[] }[];
  }[];
}

const suiteSchema: z.ZodType<Suite> = z.object({
  suites: z.lazy(() => z.array(suiteSchema)).optional(),
  specs: z.array(
    z.object({
      title: z.string(),
      file: z.string(),
      ok: z.boolean(),
      tests: z.array(
        z.object({
          results: z.array(z.object({ error: z.object({ message: z.string().optional() }).optional() })),
        }),
      ),
    }),
  ),
});

const reportSchema = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  /** What went wrong outside of a test, such as the limit for the whole run. */
  errors: z.array(z.object({ message: z.string().optional() })),
  suites: z.array(suiteSchema),
});

/** The longest part of a failure's message that the list at the end repeats, in characters. */
const FAILURE_EXCERPT = 2_000;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

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
    const { stats, errors, suites } = reportSchema.parse(JSON.parse(await readFile(report, "utf8")));
    const namedBefore = failures.length;
    const crashed = suites.reduce((sum, suite) => sum + collectFailures(suite), 0);
    const passed = stats.expected + crashed;
    for (const { message } of errors)
      failures.push(failureLine("e2e", "outside of a test", stripVTControlCharacters(message ?? "no message")));
    // A run can fail without a failed test, such as when the browser does not start.
    const failed = stats.unexpected + stats.flaky - crashed || (child.exitCode === 0 ? 0 : 1);
    if (failed > 0 && failures.length === namedBefore)
      failures.push(failureLine("e2e", "the run", `Playwright ended with ${child.exitCode ?? child.signalCode}.`));
    return { passed, failed, skipped: stats.skipped };
  } catch (error) {
    console.error("The browser tests did not run:", error);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What Playwright says when the browser itself has crashed. */
const BROWSER_CRASH = /\b(?:Page|Target) crashed\b|\bbrowser has been closed\b/;

/**
 * Records the failures of a suite. A test that passes only when it is repeated has failed, unless the browser had crashed.
 *
 * @returns how many tests passed after a crash of the browser
 */
function collectFailures(suite: Suite): number {
  let crashed = 0;
  for (const spec of suite.specs) {
    const messages = spec.tests
      .flatMap((test) => test.results.map((result) => stripVTControlCharacters(result.error?.message ?? "")))
      .filter(Boolean);
    if (spec.ok && messages.length === 0) continue;
    if (spec.ok && messages.every((message) => BROWSER_CRASH.test(message))) {
      console.log(`The browser crashed in ${spec.file}: ${spec.title}. It was repeated.`);
      crashed += 1;
    } else failures.push(failureLine(join("e2e", spec.file), spec.title, messages.join("\n")));
  }
  return (suite.suites ?? []).reduce((sum, inner) => sum + collectFailures(inner), crashed);
}

function failureLine(file: string, name: string, message: string): string {
  return `✖ ${file}: ${name}\n${message.slice(0, FAILURE_EXCERPT).replace(/^/gm, "    ")}`;
}
