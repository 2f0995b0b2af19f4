import { ensureOwner } from "../auth/owner.ts";
import { ensureSetupToken } from "../auth/setup-token.ts";
import { disconnect } from "../db/client.ts";
import { type Background, background } from "../deployments/reconcile/background.ts";
import { startWorker, stopWorker } from "../deployments/reconcile/worker.ts";
import { env } from "../env/env.ts";
import { toAppError } from "../errors/app-error.ts";
import { isDatabaseUnavailable } from "../errors/database-unavailable.ts";
import { toTerminalText } from "../errors/terminal-text.ts";
import { flushCalls } from "../gateway/service.ts";
import { watchServer } from "./drain.ts";
import { type Booted, launcher } from "./launcher.ts";

/** How long open requests may take after a signal. */
const DRAIN_MS = 5_000;

/**
 * What happens once in a process before the first request is served: the settings are validated, the first account is made or
 * the link that makes it, and deployments that were interrupted go on. A failure ends the process: Next would go on and answer every request with an error.
 */
export async function boot(): Promise<void> {
  const start = launcher();
  try {
    const booted = await prepare();
    start.booted.resolve(booted);
    if (start.isPresent) return;
    if (booted.setupUrl) console.log(`Create the owner's account: ${booted.setupUrl}`);
    const drain = watchServer();
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void end(drain));
  } catch (error) {
    if (start.isPresent) return start.booted.reject(error);
    console.error(toTerminalText(error));
    process.exit(1);
  }
}

async function prepare(): Promise<Booted> {
  const { publicUrl } = env();
  launcher().shutDown = async () => {
    await stopWorker();
    await flushCalls();
    await disconnect();
  };
  if (env().onVercel) Object.assign(background(), await requestBackground());
  const token = await firstAccount();
  // Not waited for: what it finds to do may take minutes, and pages can be served meanwhile.
  if (!background().isPassive) void startWorker();
  return { setupUrl: token && `${publicUrl}/setup?token=${token}` };
}

/** Makes the first account, or the token that makes it; null when there is one. */
async function firstAccount(): Promise<string | null> {
  try {
    await ensureOwner();
    return await ensureSetupToken();
  } catch (error) {
    // A function begins whenever a request comes, and has to say that the database is away rather than not to be there.
    if (!background().isPassive || !isDatabaseUnavailable(error)) throw error;
    console.error(toTerminalText(toAppError(error)));
    return null;
  }
}

/** How long what a request leaves behind may go on: with what cannot be interrupted it stays below the 300 s of vercel.json. */
const REQUEST_BUDGET_MS = 120_000;

/** Nothing outlives a request but what Next is asked to do after it. */
async function requestBackground(): Promise<Background> {
  const { after } = await import("next/server.js");
  return {
    isPassive: true,
    budgetMs: REQUEST_BUDGET_MS,
    run(work) {
      try {
        after(work);
      } catch {
        // Outside of any request: the next one goes on with what this does not finish.
        void work();
      }
    },
  };
}

/** Next's own end, which the image turns off by NEXT_MANUAL_SIG_HANDLE, knows nothing of what is still to be written. */
async function end(drain: (graceMs: number) => Promise<void>): Promise<void> {
  await drain(DRAIN_MS);
  await launcher()
    .shutDown()
    .catch((error: unknown) => console.error(error));
  process.exit(0);
}
