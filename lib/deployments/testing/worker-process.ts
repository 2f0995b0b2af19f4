// A process that looks after deployments as the app does. CRASH_AT=STEP:WHEN makes it kill itself in the middle of that step.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { env } from "../../env/env.ts";
import { startWorker } from "../reconcile/worker.ts";
import type { Step } from "../steps/step.ts";
import { STEPS } from "../steps/steps.ts";
import { STEP_NAMES } from "../view.ts";

const [crashStep, when] = (process.env.CRASH_AT ?? "").split(":");
const die = () => process.kill(process.pid, "SIGKILL");

const crashing: Record<string, (step: Step) => Step> = {
  before: () => async () => void die(),
  /** The step has done its work, which is not written down yet. */
  after: (step) => async (context) => {
    await step(context);
    die();
  },
  /** The package client is at it. */
  within: (step) => async (context) => {
    const packages = join(env().CATWALK_DATA_DIR, "packages");
    setInterval(() => {
      if (existsSync(packages) && readdirSync(packages).length > 0) die();
    }, 5);
    await step(context);
  },
};

for (const name of STEP_NAMES) {
  const crash = crashing[when ?? ""];
  if (name === crashStep && crash) STEPS[name] = crash(STEPS[name]);
}
await startWorker({ tickMs: 200 });
// The parent reads this and then waits for the database to say what happened.
process.stdout.write("ready\n");
