import { recordChange } from "../admin-log/record.ts";
import { db } from "../db/client.ts";
import { announceAccessChange } from "../deployments/commands/end-access.ts";
import { formatConnectorUrl } from "../deployments/connector-url.ts";
import { SCOPE } from "./issuer.ts";
import type { Payload } from "./records.ts";

/** Far enough away: a grant ends when it is disconnected, or when its last token has expired. */
const NEVER_S = 100 * 365 * 24 * 60 * 60;

/** A grant as oidc-provider reads it, from the connected client's row; undefined when it was disconnected. */
export async function findGrant(grantId: string): Promise<Payload | undefined> {
  const row = await db().connectedClient.findUnique({
    where: { id: grantId },
    select: { userId: true, clientId: true, deploymentId: true, createdAt: true },
  });
  if (row === null) return undefined;
  const iat = Math.floor(row.createdAt.getTime() / 1_000);
  return {
    kind: "Grant",
    jti: grantId,
    iat,
    exp: iat + NEVER_S,
    accountId: row.userId,
    clientId: row.clientId,
    resources: { [formatConnectorUrl(row.deploymentId)]: SCOPE },
  };
}

/**
 * Ends a grant: its codes and refresh tokens go with it, and every instance refuses its access tokens within seconds.
 *
 * @param userId the person who disconnects it; absent where the authorization server ends it
 */
export async function endGrant(grantId: string, userId?: string): Promise<void> {
  const rows = await db().connectedClient.findMany({
    where: { id: grantId },
    select: {
      deploymentId: true,
      clientName: true,
      user: { select: { email: true } },
      deployment: { select: { name: true } },
    },
  });
  await db().$transaction(async (tx) => {
    await tx.connectedClient.deleteMany({ where: { id: grantId } });
    for (const { clientName, user, deployment } of rows) {
      const why = userId === undefined ? ", because its tokens were used twice or revoked" : "";
      const summary = `Disconnected ${clientName} of ${user.email} from “${deployment.name}”${why}.`;
      await recordChange(tx, { action: "client.disconnected", userId: userId ?? null, summary });
    }
  });
  for (const { deploymentId } of rows) await announceAccessChange(deploymentId);
}
