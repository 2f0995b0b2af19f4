import { db } from "../../db/client.ts";
import { notifyDeploymentChange } from "../events.ts";

const POLL_INTERVAL_MS = 2_000;
/** Rows that were changed so long ago are no news; covers clocks of instances that differ. */
const WINDOW_S = 60;

/**
 * Tells the listeners of this process what other processes change, within some two seconds: by looking at the rows that were changed last,
 * which works through every kind of connection pool, where LISTEN does not. A change of this process may be told twice.
 *
 * @returns what ends it
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
      // The database is away, which others say. What is changed meanwhile is seen afterwards, unless it takes longer than the window.
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
