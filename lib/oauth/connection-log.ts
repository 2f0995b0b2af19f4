import { db } from "../db/client.ts";
import { findOwnedDeployment } from "../deployments/commands/owned.ts";
import { processWide } from "../util/process-wide.ts";
import { isUuid } from "../util/uuid.ts";
import type { ConnectionStep } from "./connection-steps.ts";

const MAX_TEXT = 200;
const KEEP_MS = 30 * 24 * 60 * 60 * 1_000;
const KEEP_PER_DEPLOYMENT = 500;
/** Many times the interval of sweeps, so that one that failed is made up for. */
const RECENT_MS = 24 * 60 * 60 * 1_000;
const MAX_LISTED = 200;
/** The same step of the same client with the same outcome is written once in this time: clients ask again and again. */
const REPEAT_MS = 60_000;
const MAX_REMEMBERED = 10_000;
/** Steps of one deployment that one instance writes in a minute: a stranger can call without a credential as often as they like. */
const MAX_PER_MINUTE = 60;

export interface ConnectionEvent {
  deploymentId: string;
  step: ConnectionStep;
  /** An OAuth error code, or null when the step succeeded. */
  problem: string | null;
  client: string | null;
  /** E-mail address. */
  person?: string | null;
  /** When it took place, if not now. */
  at?: Date;
}

/** A step in a deployment's log. Times are ISO 8601. */
export interface ConnectionEventView {
  id: string;
  at: string;
  step: ConnectionStep;
  problem: string | null;
  client: string | null;
  person: string | null;
}

/**
 * Writes a step of a client to a deployment's log. Never rejects: what it records must not fail because of it. A deployment that does
 * not exist has no log.
 */
export async function recordConnectionEvent(event: ConnectionEvent): Promise<void> {
  const { deploymentId, step, problem, client, person = null, at } = event;
  if (!isUuid(deploymentId) || isRepeated(`${deploymentId} ${step} ${problem} ${client} ${person}`)) return;
  if (isFlood(deploymentId)) return;
  const data = { step, problem: clean(problem), client: clean(client), person: clean(person), ...(at && { at }) };
  try {
    await db().connectionEvent.create({ data: { deploymentId, ...data } });
  } catch {
    // The database is away, or the deployment is gone: the client is told by its own answer.
  }
}

/** The last steps of a deployment's clients, the newest first. Throws AppError `not_found`. */
export async function listConnectionEvents(userId: string, deploymentId: string): Promise<ConnectionEventView[]> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  const rows = await db().connectionEvent.findMany({
    where: { deploymentId: deployment.id },
    orderBy: [{ at: "desc" }, { id: "desc" }],
    take: MAX_LISTED,
  });
  return rows.map(({ id, at, step, problem, client, person }) => ({
    id,
    at: at.toISOString(),
    step: step as ConnectionStep,
    problem,
    client,
    person,
  }));
}

/** Deletes steps older than 30 days, and the oldest beyond 500 of a deployment. */
export async function deleteOldConnectionEvents(now = new Date()): Promise<void> {
  await db().connectionEvent.deleteMany({ where: { at: { lt: new Date(now.getTime() - KEEP_MS) } } });
  // Only deployments with recent steps can have too many: of the others the last sweeps left no more.
  const since = new Date(now.getTime() - RECENT_MS);
  await db().$executeRaw`
    delete from connection_events where id in (
      select old.id from (select distinct deployment_id from connection_events where at >= ${since}) as recent
      cross join lateral (
        select id from connection_events where deployment_id = recent.deployment_id
        order by at desc, id desc offset ${KEEP_PER_DEPLOYMENT}) as old)`;
}

function isRepeated(key: string): boolean {
  const written = processWide("oauth.connection-log", () => new Map<string, number>());
  const now = Date.now();
  const last = written.get(key);
  if (last !== undefined && now - last < REPEAT_MS) return true;
  written.delete(key);
  written.set(key, now);
  for (const oldest of written.keys()) {
    if (written.size <= MAX_REMEMBERED) break;
    written.delete(oldest);
  }
  return false;
}

function isFlood(deploymentId: string): boolean {
  const minutes = processWide(
    "oauth.connection-log.minutes",
    () => new Map<string, { since: number; count: number }>(),
  );
  const now = Date.now();
  const minute = minutes.get(deploymentId);
  if (minute !== undefined && now - minute.since < 60_000) return ++minute.count > MAX_PER_MINUTE;
  minutes.delete(deploymentId);
  minutes.set(deploymentId, { since: now, count: 1 });
  for (const oldest of minutes.keys()) {
    if (minutes.size <= MAX_REMEMBERED) break;
    minutes.delete(oldest);
  }
  return false;
}

/** One line of a stranger's text. */
function clean(text: string | null): string | null {
  const line = text
    ?.slice(0, MAX_TEXT)
    .toWellFormed()
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
  return line || null;
}
