import { db } from "../../db/client.ts";

/** Returns whether a process holds a deployment's lease. */
export async function hasLease(deploymentId: string): Promise<boolean> {
  const rows = await db().$queryRaw<unknown[]>`
    select 1 from deployments where id = ${deploymentId}::uuid and lease_owner is not null and lease_until > now()`;
  return rows.length > 0;
}
