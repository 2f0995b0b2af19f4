import { stripVTControlCharacters } from "node:util";
import { z } from "zod";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface BrowserOutcome {
  counts: Counts;
  /** What failed, as `npm test` lists it at its end: one text for each, never none where something failed. */
  failures: string[];
  /** Tests that passed when they were repeated because the browser had crashed. */
  crashes: string[];
}

interface Suite {
  suites?: Suite[] | undefined;
  specs: {
    title: string;
    file: string;
    ok: boolean;
    tests: { results: { status?: string | undefined; error?: { message?: string | undefined } | undefined }[] }[];
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
          results: z.array(
            z.object({
              status: z.string().optional(),
              error: z.object({ message: z.string().optional() }).optional(),
            }),
          ),
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

/** What Playwright says when the browser itself has crashed. */
const BROWSER_CRASH = /\b(?:Page|Target) crashed\b|\bbrowser has been closed\b/;

/** The longest part of a failure's message that the list at the end repeats, in characters. */
const FAILURE_EXCERPT = 2_000;

/**
 * Counts what a run of the browser tests came to. A test that passes only when it is repeated has failed, unless the browser had
 * crashed.
 *
 * @param report what Playwright's JSON reporter wrote
 * @param exitCode Playwright's own; null when a signal ended it
 * @throws ZodError when the report has another form
 */
export function readBrowserReport(report: unknown, exitCode: number | null): BrowserOutcome {
  const { stats, errors, suites } = reportSchema.parse(report);
  const failures: string[] = [];
  const crashes: string[] = [];
  for (const { file, title, ok, tests } of suites.flatMap(specsOf)) {
    const messages = tests
      .flatMap(({ results }) => results)
      .filter(({ status }) => status !== "passed" && status !== "skipped")
      .map(({ status, error }) => stripVTControlCharacters(error?.message ?? `It ended as ${status}.`));
    if (ok && messages.length === 0) continue;
    if (ok && messages.every((message) => BROWSER_CRASH.test(message))) crashes.push(`e2e/${file}: ${title}`);
    else failures.push(failureLine(`e2e/${file}`, title, messages.join("\n")));
  }
  for (const { message } of errors)
    failures.push(failureLine("e2e", "outside of a test", stripVTControlCharacters(message ?? "It has no message.")));
  // A run can fail without a failed test, such as when the browser does not start.
  const failed = stats.unexpected + stats.flaky - crashes.length || (exitCode === 0 ? 0 : 1);
  if (failed > 0 && failures.length === 0)
    failures.push(failureLine("e2e", "the run", `Playwright ended with ${exitCode ?? "a signal"}.`));
  return { counts: { passed: stats.expected + crashes.length, failed, skipped: stats.skipped }, failures, crashes };
}

function specsOf(suite: Suite): Suite["specs"] {
  return [...suite.specs, ...(suite.suites ?? []).flatMap(specsOf)];
}

/** One entry of the list of what failed. */
export function failureLine(file: string, name: string, message: string): string {
  return `✖ ${file}: ${name}\n${message.slice(0, FAILURE_EXCERPT).replace(/^/gm, "    ")}`;
}
