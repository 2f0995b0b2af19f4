import { rmSync, writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { AppError } from "../../errors/app-error.ts";
import { type LocatedReply, REPLY_FD, type Reply, requestSchema } from "./messages.ts";
import { readSource } from "./read-source.ts";
import type { WatchdogLimits } from "./watchdog.ts";

// The process that reads what strangers wrote: it finds a source, reads its files and inspects them. The app starts it
// (analysis-process.ts), asks for one source at a time, and ends it by force when it takes too long.

const MAX_MEMORY_BYTES = 640 * 1024 * 1024;
const MAX_FOLDER_BYTES = 256 * 1024 * 1024;
const MAX_MESSAGE_CHARACTERS = 1_900;

const folder = tmpdir();
const limits: WatchdogLimits = { maxMemoryBytes: MAX_MEMORY_BYTES, maxFolderBytes: MAX_FOLDER_BYTES, folder };
new Worker(new URL("./watchdog.ts", import.meta.url), { workerData: limits, execArgv: [] });

/** Answers the app's decision about the source that was located. */
let proceed: ((isNeeded: boolean) => void) | null = null;

const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  const request = requestSchema.parse(JSON.parse(line));
  if (request.type === "proceed") return proceed?.(request.isNeeded);
  const signal = AbortSignal.timeout(request.timeoutMs);
  const decide = (located: Omit<LocatedReply, "type">) => {
    const decision = Promise.withResolvers<boolean>();
    proceed = decision.resolve;
    send({ type: "located", ...located });
    return decision.promise;
  };
  void readSource(request, { signal, report: (event) => send({ type: "progress", event: bounded(event) }), decide })
    .then((result) => result && send(result))
    .catch((error: unknown) => send(failure(error, signal)));
});
// The app has ended, or needs this process no longer.
input.on("close", () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});
send({ type: "ready" });
// By itself Node writes the cache at an orderly exit, to which this process may not come.
flushCompileCache();

function send(reply: Reply): void {
  const bytes = Buffer.from(`${JSON.stringify(reply)}\n`);
  for (let written = 0; written < bytes.length; ) written += writeSync(REPLY_FD, bytes, written);
}

function bounded(event: Extract<Reply, { type: "progress" }>["event"]): typeof event {
  return {
    step: event.step,
    label: event.label.slice(0, 500),
    status: event.status,
    ...(event.detail !== undefined && { detail: event.detail.slice(0, MAX_MESSAGE_CHARACTERS) }),
  };
}

function failure(error: unknown, signal: AbortSignal): Reply {
  if (error instanceof AppError) {
    const { code, message, hint, choices, retryAfterS } = error;
    return {
      type: "refused",
      code,
      message: message.slice(0, MAX_MESSAGE_CHARACTERS),
      hint: hint?.slice(0, MAX_MESSAGE_CHARACTERS) ?? null,
      ...(choices && { choices }),
      ...(retryAfterS !== undefined && { retryAfterS }),
    };
  }
  if (signal.aborted) {
    return {
      type: "refused",
      code: "upstream_unavailable",
      message: "Reading the source took too long: GitHub or a package registry answers slowly, or the files are large.",
      hint: "Try again in a moment. A folder's URL (/tree/BRANCH/FOLDER) is read faster.",
    };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { type: "failed", message: text.slice(0, 4_000) };
}
