import assert from "node:assert/strict";
import { test } from "node:test";
import { readBrowserReport } from "./browser-report.ts";

type Result = { status: string; error?: { message?: string } };

function report(stats: object, specs: { title: string; ok: boolean; results: Result[] }[], errors: object[] = []) {
  return {
    stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0, ...stats },
    errors,
    suites: [
      {
        specs: [],
        suites: [
          { specs: specs.map(({ results, ...spec }) => ({ ...spec, file: "page.spec.ts", tests: [{ results }] })) },
        ],
      },
    ],
  };
}

const passed = { status: "passed" };

test("a test that passes after a crash of the browser has passed", () => {
  const crashed = { status: "failed", error: { message: "Error: \u001b[31mPage crashed\u001b[39m" } };
  const outcome = readBrowserReport(
    report({ expected: 3, flaky: 1 }, [
      { title: "opens", ok: true, results: [crashed, passed] },
      { title: "goes on", ok: true, results: [{ status: "skipped" }, passed] },
    ]),
    0,
  );
  assert.deepEqual(outcome.counts, { passed: 4, failed: 0, skipped: 0 });
  assert.deepEqual(outcome.failures, []);
  assert.deepEqual(outcome.crashes, ["e2e/page.spec.ts: opens"]);
});

test("a test that passes only when it is repeated has failed", () => {
  const outcome = readBrowserReport(
    report({ expected: 1, flaky: 1 }, [
      { title: "opens", ok: true, results: [{ status: "timedOut", error: { message: "too late" } }, passed] },
    ]),
    0,
  );
  assert.deepEqual(outcome.counts, { passed: 1, failed: 1, skipped: 0 });
  assert.deepEqual(outcome.failures, ["✖ e2e/page.spec.ts: opens\n    too late"]);
});

test("nothing fails without a name", () => {
  const thrown = { status: "failed", error: {} };
  const noMessage = report({ unexpected: 1 }, [{ title: "opens", ok: false, results: [thrown] }]);
  assert.deepEqual(readBrowserReport(noMessage, 1).failures, ["✖ e2e/page.spec.ts: opens\n    It ended as failed."]);

  const tooLong = readBrowserReport(report({ expected: 1 }, [], [{ message: "Timed out waiting 1800s" }]), 1);
  assert.deepEqual(tooLong.counts, { passed: 1, failed: 1, skipped: 0 });
  assert.deepEqual(tooLong.failures, ["✖ e2e: outside of a test\n    Timed out waiting 1800s"]);

  const killed = readBrowserReport(report({ expected: 1 }, []), null);
  assert.equal(killed.counts.failed, 1);
  assert.deepEqual(killed.failures, ["✖ e2e: the run\n    Playwright ended with a signal."]);
});
