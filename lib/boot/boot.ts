import { ensureOwner } from "../auth/owner.ts";
import { ensureSetupToken } from "../auth/setup-token.ts";
import { disconnect } from "../db/client.ts";
import { env } from "../env/env.ts";
import { launcher } from "./launcher.ts";

/** How long open requests may take after a signal, where Next's own server waits for them without end. */
const DRAIN_MS = 5_000;

/**
 * What happens once in a process before the first request is served: the settings are validated, and the first account is made or the link
 * that makes it.
 *
 * @throws Error naming the setting that is wrong
 */
export async function boot(): Promise<void> {
  const { publicUrl } = env();
  const start = launcher();
  await ensureOwner();
  const token = await ensureSetupToken();
  start.setupUrl = token && `${publicUrl}/setup?token=${token}`;
  start.shutDown = disconnect;
  if (start.isPresent) return;
  if (start.setupUrl) console.log(`Create the owner's account: ${start.setupUrl}`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => setTimeout(end, DRAIN_MS));
}

function end(): void {
  launcher()
    .shutDown()
    .catch((error: unknown) => console.error(error))
    .finally(() => process.exit(0));
}
