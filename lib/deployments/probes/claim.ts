import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";

/** Probes claimed at once. A platform limits its request rate. */
const MAX_PROBES = 40;

/** Time from one probe to the next: shorter for a failing deployment and after a recent call. */
const PROBE_INTERVALS = { failingMs: 15_000, usedMs: 20_000, quietMs: 60_000 };

/**
 * Claims the probes of platform machines that are due, and returns the deployments' ids. The claim is a column, so that all
 * instances together probe a machine once in its interval.
 *
 * @param only the id of the only deployment to consider; all of them when absent
 */
export async function claimProbes(only?: string): Promise<string[]> {
  const one = only === undefined ? Prisma.empty : Prisma.sql`and d.id = ${only}::uuid`;
  const { failingMs, usedMs, quietMs } = PROBE_INTERVALS;
  const rows = await db().$queryRaw<{ id: string }[]>`
    update deployments set looked_at = now()
    where id in (
      select d.id from deployments d
      where d.runtime <> 'local' and d.desired = 'running' and d.status in ('live', 'sleeping', 'failing')
        and (d.lease_until is null or d.lease_until < now())
        and not exists (select 1 from deployment_steps s where s.deployment_id = d.id and s.status <> 'done')
        and (d.looked_at is null or d.looked_at < now() - interval '1 millisecond' * case
          when d.status = 'failing' then ${failingMs}::int
          when d.last_call_at > now() - interval '2 minutes' then ${usedMs}::int
          else ${quietMs}::int end)
        ${one}
      order by d.looked_at nulls first limit ${MAX_PROBES}
      for update skip locked)
    returning id::text`;
  return rows.map((row) => row.id);
}
