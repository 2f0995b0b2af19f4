import { db } from "../../db/client.ts";
import { notifyDeploymentChange } from "../events.ts";

/**
 * Tells every instance that the keys or grants of a deployment have changed: this one at once, the others by the time of change in the
 * deployment's row.
 */
export async function announceAccessChange(deploymentId: string): Promise<void> {
  notifyDeploymentChange(deploymentId);
  await db().deployment.updateMany({ where: { id: deploymentId }, data: { updatedAt: new Date() } });
}

/** Selects access: a person's, a deployment's, or a person's to one deployment. */
export type AccessScope = { userId: string; deploymentId?: string } | { userId?: string; deploymentId: string };

/**
 * Deletes access keys and connected clients of people who may no longer use the deployment. The gateway refuses them anyway; this
 * keeps them from coming back to life when their person is let in again.
 */
export async function endUnusableAccess({ userId, deploymentId }: AccessScope): Promise<void> {
  const person = userId ?? null;
  const deployment = deploymentId ?? null;
  const rows = await db().$queryRaw<{ id: string }[]>`
    with refused as (
      select held.deployment_id, held.user_id
      from (
        select deployment_id, user_id from access_keys
        union
        select deployment_id, user_id from connected_clients
      ) held
      join deployments d on d.id = held.deployment_id
      join users u on u.id = held.user_id
      where (${person}::uuid is null or held.user_id = ${person}::uuid)
        and (${deployment}::uuid is null or held.deployment_id = ${deployment}::uuid)
        and d.owner_id <> u.id
        and not (u.may_use_every_deployment and not d.only_listed_users)
        and not exists (select from deployment_users where deployment_id = d.id and user_id = u.id)
    ), keys as (
      delete from access_keys k using refused r where k.deployment_id = r.deployment_id and k.user_id = r.user_id
    ), clients as (
      delete from connected_clients c using refused r where c.deployment_id = r.deployment_id and c.user_id = r.user_id
    )
    select distinct deployment_id as id from refused`;
  for (const { id } of rows) await announceAccessChange(id);
}
