import { closeAnalysis, warmAnalysis } from "../analysis/analyze.ts";
import { ensureOwner } from "../auth/owner.ts";
import { ensureSetupToken } from "../auth/setup-token.ts";
import { disconnect } from "../db/client.ts";
import { type Background, background } from "../deployments/reconcile/background.ts";
import { startWorker, stopWorker } from "../deployments/reconcile/worker.ts";
import { env } from "../env/env.ts";
import { toAppError } from "../errors/app-error.ts";
import { isDatabaseUnavailable } from "../errors/database-unavailable.ts";
import { toTerminalText } from "../errors/terminal-text.ts";
import { flushCalls, serveMcpRequest } from "../gateway/service.ts";
import { recordPeerAddresses } from "../http/client-address.ts";
import { type Booted, launcher } from "./launcher.ts";
import { startSweeper } from "./sweeper.ts";
import { requireHttps } from "./transport-security.ts";

/**
 * Runs once in a process, before its first request: validates the settings, creates the first account or the link for it, and
 * resumes interrupted deployments. A failure ends the process, since Next would go on and answer every request with an error.
 */
export async function boot(): Promise<void> {
  const start = launcher();
  recordPeerAddresses();
  try {
    const booted = await prepare();
    start.booted.resolve(booted);
    if (start.isPresent) return;
    if (booted.setupUrl) console.log(`Create the owner's account: ${booted.setupUrl}`);
  } catch (error) {
    if (start.isPresent) return start.booted.reject(error);
    console.error(toTerminalText(error));
    process.exit(1);
  }
}

async function prepare(): Promise<Booted> {
  const { publicUrl } = env();
  requireHttps();
  launcher().shutDown = async () => {
    await stopWorker();
    await closeAnalysis();
    await flushCalls();
    await disconnect();
  };
  if (env().onVercel) Object.assign(background(), await requestBackground());
  // In development the route handler answers, so that a change of the gateway's code is loaded again.
  else if (process.env.NODE_ENV === "production") launcher().serveMcp = serveMcpRequest;
  const token = await firstAccount();
  // Not awaited: it may find minutes of work, and pages can be served meanwhile.
  if (!background().isPassive) {
    void startWorker();
    startSweeper();
    if (process.env.NODE_ENV === "production") warmAnalysis();
  }
  return { setupUrl: token && `${publicUrl}/setup?token=${token}` };
}

/** Creates the first account from the settings, or else returns a setup token. Null when there is an account. */
async function firstAccount(): Promise<string | null> {
  try {
    await ensureOwner();
    return await ensureSetupToken();
  } catch (error) {
    // A serverless function must start without a database, to answer that it is unavailable.
    if (!background().isPassive || !isDatabaseUnavailable(error)) throw error;
    console.error(toTerminalText(toAppError(error)));
    return null;
  }
}

/** Budget for work after a response. With a step that cannot be interrupted it stays below the 300 s of vercel.json. */
const REQUEST_BUDGET_MS = 120_000;

/** On Vercel only work that is passed to Next's `after` outlives its request. */
async function requestBackground(): Promise<Background> {
  const { after } = await import("next/server.js");
  return {
    isPassive: true,
    budgetMs: REQUEST_BUDGET_MS,
    run(work) {
      try {
        after(work);
      } catch {
        // Outside a request `after` throws. The next request resumes whatever this does not finish.
        void work();
      }
    },
  };
}
