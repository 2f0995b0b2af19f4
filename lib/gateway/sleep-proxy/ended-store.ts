import type { PrismaClient } from "../../db/generated/client.ts";

/** Ended sessions that a deployment's row remembers: the latest ones. */
const MAX_STORED = 500;

/**
 * Keeps the beginnings of the ids of sessions that have ended with their deployment, the latest of them. The row's time of change tells
 * other instances to read it again.
 */
export async function storeEndedSessions(
  db: PrismaClient,
  deploymentId: string,
  marks: readonly string[],
): Promise<void> {
  await db.$executeRaw`
    UPDATE deployments
    SET ended_sessions = (${marks}::text[] || ended_sessions)[1:${MAX_STORED}::int], updated_at = now()
    WHERE id = ${deploymentId}::uuid`;
}
