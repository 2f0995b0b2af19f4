import type { PrismaClient } from "../../db/generated/client.ts";
import type { CallRecord, CallStore } from "./call-queue.ts";

export interface CallStoreOptions {
  db: () => PrismaClient;
  /** Records kept for each deployment. */
  keep?: number;
  /** How long the times of last use gather before they are written. */
  touchEveryMs?: number;
}

/** After so many records of a deployment its old ones are looked for. */
const TRIM_EVERY = 200;

/** Writes call records to PostgreSQL, with when a deployment's machine and its keys were last used, and lets go of old ones. */
export function createCallStore({ db, keep = 1_000, touchEveryMs = 3_000 }: CallStoreOptions): CallStore {
  const used = { deployments: new Map<string, Date>(), keys: new Map<string, Date>() };
  const untrimmed = new Map<string, number>();
  let touching = false;

  const touch = async () => {
    touching = false;
    if (used.deployments.size === 0 && used.keys.size === 0) return;
    const deployments = [...used.deployments];
    const keys = [...used.keys];
    used.deployments.clear();
    used.keys.clear();
    try {
      await touchRows(db(), deployments, keys);
    } catch {
      // The next records try again; what they used since is newer.
      for (const [id, at] of deployments) if (!used.deployments.has(id)) used.deployments.set(id, at);
      for (const [id, at] of keys) if (!used.keys.has(id)) used.keys.set(id, at);
    }
  };

  return {
    flush: touch,
    async write(records) {
      await insert(db(), records);
      for (const record of records) {
        if (record.usedMachine) used.deployments.set(record.deploymentId, record.at);
        if (record.accessKeyId !== null) used.keys.set(record.accessKeyId, record.at);
        untrimmed.set(record.deploymentId, (untrimmed.get(record.deploymentId) ?? TRIM_EVERY) + 1);
      }
      if (!touching) setTimeout(() => void touch(), touchEveryMs).unref();
      touching = true;
      for (const [deploymentId, count] of untrimmed) {
        if (count < TRIM_EVERY) continue;
        await trim(db(), deploymentId, keep).then(
          () => untrimmed.set(deploymentId, 0),
          () => {},
        );
      }
    },
  };
}

async function insert(db: PrismaClient, records: readonly CallRecord[]): Promise<void> {
  // A deployment or a key may have been deleted since, which must not keep the others from being written.
  await db.$executeRaw`
    INSERT INTO call_records (id, deployment_id, access_key_id, at, method, target, http_status, error_code,
                              duration_ms, request_bytes, response_bytes, client)
    SELECT r.id, d.id, k.id, r.at, r.method, r.target, r."httpStatus", r."errorCode",
           r."durationMs", r."requestBytes", r."responseBytes", r.client
    FROM jsonb_to_recordset(${JSON.stringify(records)}::jsonb) AS r(
      id uuid, "deploymentId" uuid, "accessKeyId" uuid, at timestamptz, method text, target text, "httpStatus" int,
      "errorCode" int, "durationMs" int, "requestBytes" int, "responseBytes" int, client text)
    JOIN deployments d ON d.id = r."deploymentId"
    LEFT JOIN access_keys k ON k.id = r."accessKeyId"
    ON CONFLICT (id) DO NOTHING`;
}

async function touchRows(db: PrismaClient, deployments: [string, Date][], keys: [string, Date][]): Promise<void> {
  if (deployments.length > 0) {
    await db.$executeRaw`
      UPDATE deployments SET last_call_at = greatest(last_call_at, used.value::timestamptz)
      FROM jsonb_each_text(${JSON.stringify(Object.fromEntries(deployments))}::jsonb) AS used
      WHERE id = used.key::uuid`;
  }
  if (keys.length > 0) {
    await db.$executeRaw`
      UPDATE access_keys SET last_used_at = greatest(last_used_at, used.value::timestamptz)
      FROM jsonb_each_text(${JSON.stringify(Object.fromEntries(keys))}::jsonb) AS used
      WHERE id = used.key::uuid`;
  }
}

async function trim(db: PrismaClient, deploymentId: string, keep: number): Promise<void> {
  await db.$executeRaw`
    DELETE FROM call_records WHERE id IN (
      SELECT id FROM call_records WHERE deployment_id = ${deploymentId}::uuid
      ORDER BY at DESC, id DESC OFFSET ${keep})`;
}
