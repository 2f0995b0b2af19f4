import { db } from "../../db/client.ts";
import { notifyDeploymentChange } from "../events.ts";

const POLL_INTERVAL_MS = 2_000;
/** Age up to which a changed row is reported. Covers the difference between the clocks of instances. */
const WINDOW_S = 60;

/**
 * Reports changes by other processes to this process's subscribers, within some two seconds. It polls the rows that changed last:
 * unlike LISTEN, a poll works behind every connection pool. A change by this process may be reported twice.
 *
 * @returns the function that stops it
 */
export function startChangeFeed(): () => void {
  let known: Map<string, number> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const look = async () => {
    try {
      const recent = await recentChanges();
      for (const [id, at] of recent) if (known && known.get(id) !== at) notifyDeploymentChange(id);
      known = recent;
    } catch {
      // The worker logs outages. The next poll reports what changed meanwhile, unless the outage is longer than the window.
    }
    if (!ended) timer = setTimeout(() => void look(), POLL_INTERVAL_MS).unref();
  };
  void look();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

async function recentChanges(): Promise<Map<string, number>> {
  const rows = await db().$queryRaw<{ id: string; updated_at: Date }[]>`
    select id::text, updated_at from deployments
    where updated_at > now() - ${WINDOW_S} * interval '1 second'`;
  return new Map(rows.map((row) => [row.id, row.updated_at.getTime()]));
}
