import type { PrismaClient } from "../../db/generated/client.ts";
import { trimCalls } from "../../deployments/calls/call-retention.ts";
import type { CallRecord, CallStore } from "./call-queue.ts";
import { type LoadRedactor, writePayloads } from "./payload-store.ts";

export interface CallStoreOptions {
  db: () => PrismaClient;
  /** Returns the number of records to keep of a deployment. */
  keep: () => Promise<number>;
  /** Without it, no payload is kept. */
  loadRedactor?: LoadRedactor;
  /** Interval in milliseconds at which times of last use are written. */
  touchEveryMs?: number;
}

/**
 * A deployment's old records are deleted once it has so many more than are kept: this part of them, and at least so many. To find the
 * oldest that is kept, PostgreSQL reads all of them, which for every batch costs as much as writing it.
 */
const TRIM_SHARE = 0.1;
const MIN_TRIM = 200;

/** Tables that say when a row was last used by a call, with the column that says it. */
const LAST_USE = {
  deployments: "last_call_at",
  access_keys: "last_used_at",
  connected_clients: "last_used_at",
} as const;
const TOUCHED_TABLES = ["deployments", "access_keys", "connected_clients"] as const;

/** Writes call records to PostgreSQL, with when a deployment's machine and its keys were last used, and lets go of old ones. */
export function createCallStore({ db, keep, loadRedactor, touchEveryMs = 3_000 }: CallStoreOptions): CallStore {
  const used = {
    deployments: new Map<string, Date>(),
    access_keys: new Map<string, Date>(),
    connected_clients: new Map<string, Date>(),
  };
  /** Records of each deployment that were written since its old ones were deleted; absent before the first time. */
  const untrimmed = new Map<string, number>();
  let touching = false;

  const touch = async () => {
    touching = false;
    const gathered = TOUCHED_TABLES.map((table) => ({ table, times: [...used[table]] }));
    for (const { table } of gathered) used[table].clear();
    try {
      for (const { table, times } of gathered) await touchRows(db(), table, times);
    } catch {
      // The next records try again; what they used since is newer.
      for (const { table, times } of gathered) {
        for (const [id, at] of times) if (!used[table].has(id)) used[table].set(id, at);
      }
    }
  };

  const trim = async () => {
    if (![...untrimmed.values()].some((count) => count >= MIN_TRIM)) return;
    const kept = await keep();
    const due = Math.max(MIN_TRIM, kept * TRIM_SHARE);
    for (const [deploymentId, count] of untrimmed) {
      if (count < due) continue;
      await trimCalls(db(), deploymentId, kept);
      untrimmed.set(deploymentId, 0);
    }
  };

  return {
    flush: touch,
    async write(records) {
      await insert(db(), records);
      if (loadRedactor !== undefined) await writePayloads(db(), records, loadRedactor);
      for (const record of records) {
        if (record.usedMachine) used.deployments.set(record.deploymentId, record.at);
        if (record.accessKeyId !== null) used.access_keys.set(record.accessKeyId, record.at);
        if (record.connectedClientId !== null) used.connected_clients.set(record.connectedClientId, record.at);
        untrimmed.set(record.deploymentId, (untrimmed.get(record.deploymentId) ?? Number.POSITIVE_INFINITY) + 1);
      }
      if (!touching) setTimeout(() => void touch(), touchEveryMs).unref();
      touching = true;
      await trim().catch(() => {
        // The next records try again.
      });
    },
  };
}

async function insert(db: PrismaClient, records: readonly CallRecord[]): Promise<void> {
  const rows = records.map(({ payload: _, ...record }) => record);
  // A deployment or a key may have been deleted since, which must not keep the others from being written. A call without a credential
  // is a tool that the owner ran on the deployment's page.
  // json is read as it is, where jsonb would be converted first, at a third of the whole time.
  await db.$executeRaw`
    INSERT INTO call_records (id, deployment_id, access_key_id, connected_client_id, at, method, target, http_status, error_code,
                              duration_ms, request_bytes, response_bytes, client, is_tool_error, credential_kind, credential_name, person)
    SELECT r.id, d.id, k.id, c.id, r.at, r.method, r.target, r."httpStatus", r."errorCode",
           r."durationMs", r."requestBytes", r."responseBytes", r.client, coalesce(r."isToolError", false),
           CASE WHEN r."accessKeyId" IS NOT NULL THEN 'access-key' WHEN r."connectedClientId" IS NOT NULL THEN 'connected-client' END,
           coalesce(k.name, c.client_name),
           CASE WHEN r."accessKeyId" IS NULL AND r."connectedClientId" IS NULL THEN owner.email ELSE u.email END
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r(
      id uuid, "deploymentId" uuid, "accessKeyId" uuid, "connectedClientId" uuid, at timestamptz, method text, target text, "httpStatus" int,
      "errorCode" int, "durationMs" int, "requestBytes" int, "responseBytes" int, client text, "isToolError" boolean)
    JOIN deployments d ON d.id = r."deploymentId"
    JOIN users owner ON owner.id = d.owner_id
    LEFT JOIN access_keys k ON k.id = r."accessKeyId"
    LEFT JOIN connected_clients c ON c.id = r."connectedClientId"
    LEFT JOIN users u ON u.id = coalesce(k.user_id, c.user_id)
    ON CONFLICT (id) DO NOTHING`;
}

async function touchRows(db: PrismaClient, table: keyof typeof LAST_USE, times: [string, Date][]): Promise<void> {
  if (times.length === 0) return;
  if (table === "connected_clients") await recordFirstCalls(db, times);
  if (table === "access_keys") await recordFirstKeyCalls(db, times);
  const column = LAST_USE[table];
  await db.$executeRawUnsafe(
    `update ${table} set ${column} = greatest(${column}, used.value::timestamptz)
     from jsonb_each_text($1::jsonb) as used where id = used.key::uuid`,
    JSON.stringify(Object.fromEntries(times)),
  );
}

/** The first call with an access key says that its client works. */
async function recordFirstKeyCalls(db: PrismaClient, times: [string, Date][]): Promise<void> {
  await db.$executeRaw`
    INSERT INTO connection_events (id, deployment_id, at, step, client, person)
    SELECT gen_random_uuid(), k.deployment_id, used.value::timestamptz, 'call', 'Access key “' || left(k.name, 100) || '”', u.email
    FROM jsonb_each_text(${JSON.stringify(Object.fromEntries(times))}::jsonb) AS used
    JOIN access_keys k ON k.id = used.key::uuid AND k.last_used_at IS NULL
    JOIN users u ON u.id = k.user_id`;
}

/** The first call of a connected client is the last step in its deployment's log of connections. */
async function recordFirstCalls(db: PrismaClient, times: [string, Date][]): Promise<void> {
  await db.$executeRaw`
    INSERT INTO connection_events (id, deployment_id, at, step, client, person)
    SELECT gen_random_uuid(), c.deployment_id, used.value::timestamptz, 'call', c.client_name, u.email
    FROM jsonb_each_text(${JSON.stringify(Object.fromEntries(times))}::jsonb) AS used
    JOIN connected_clients c ON c.id = used.key::uuid AND c.last_used_at IS NULL
    JOIN users u ON u.id = c.user_id`;
}
