import { basename } from "node:path";
import { after } from "node:test";
import { isMainThread } from "node:worker_threads";

// Preloaded into every process that runs a test file. node:test waits without end for a process whose tests are over and that a
// server, a socket or a child keeps alive; this ends it, and the file fails with what was left open.

/** The file's own hooks run after this one, and stop databases and apps on a machine that may be busy. */
const GRACE_MS = 120_000;

// Threads and children of a test inherit the preload; only the file itself has tests.
if (isMainThread && process.argv[1]?.endsWith(".test.ts")) {
  const file = basename(process.argv[1]);
  after(() => {
    setTimeout(() => {
      console.error(`${file} left open: ${process.getActiveResourcesInfo().join(", ")}`);
      process.exit(1);
    }, GRACE_MS).unref();
  });
}
