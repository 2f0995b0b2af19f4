import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import pg from "pg";
import { deleteUnusedAnalyses, findCached, getAnalysis } from "../analysis/store.ts";
import { createApiToken, findUserByApiToken, listApiTokens } from "../auth/api-tokens.ts";
import { loadSnapshots } from "../deployments/load-snapshot.ts";
import { probeMachines } from "../deployments/probes/monitor.ts";
import { findPending } from "../deployments/reconcile/pending.ts";
import {
  createAccessKey,
  deleteAccessKey,
  deleteDeployment,
  getDeployment,
  listAccessKeys,
  listCalls,
  listDeployments,
} from "../deployments/service.ts";
import { createTestSettings } from "../deployments/testing/settings.ts";
import type { CallRecord } from "../gateway/calls/call-queue.ts";
import { createCallStore } from "../gateway/calls/call-store.ts";
import { listConnectedClients, listOwnConnectedClients } from "../oauth/connected-clients.ts";
import { listConnectionEvents } from "../oauth/connection-log.ts";
import { endAccessOf, listDeploymentUsers } from "../oauth/deployment-users.ts";
import { findUsableDeployment, listUsableDeployments } from "../oauth/membership.ts";
import { sweepAuthorizationServer } from "../oauth/sweep.ts";
import { viewMachines } from "../settings/machines.ts";
import { db } from "./client.ts";
import { recordQueries, type SentQuery } from "./testing/record-queries.ts";
import { seedDatabase, seededDeploymentId, seededPersonId } from "./testing/seed.ts";

// Every path that is walked while the app serves, over tables with rows enough for PostgreSQL to prefer an index where there is one.

const SIZES = { people: 5_000, deployments: 10_000, callsEach: 5 };
/** Tables that grow with use. The others have a row for each setting, signing key or migration. */
const GROWING = new Set([
  "access_keys",
  "analyses",
  "api_tokens",
  "call_records",
  "connected_clients",
  "connection_events",
  "credentials",
  "deployment_steps",
  "deployment_users",
  "deployments",
  "oauth_clients",
  "oauth_records",
  "users",
]);

const settings = await createTestSettings();
Object.assign(process.env, settings.env);
const client = new pg.Client(settings.env.DATABASE_URL);

before(async () => {
  await client.connect();
  await seedDatabase(client, SIZES);
  // Of a disk without moving parts, which today's are.
  await client.query("set random_page_cost = 1.1");
});

after(async () => {
  await db().$disconnect();
  await client.end();
  await settings.remove();
});

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  Plans?: Plan[];
}

/** Returns the growing tables that a query would read from end to end. */
async function findFullScans({ text, values }: SentQuery): Promise<string[]> {
  if (!/^\s*(?:select|insert|update|delete|with)\b/i.test(text)) return [];
  const { rows } = await client.query<{ "QUERY PLAN": { Plan: Plan }[] }>(`explain (format json) ${text}`, values);
  const scanned: string[] = [];
  const walk = (plan: Plan) => {
    const { "Node Type": type, "Relation Name": table = "", Plans: below = [] } = plan;
    if (type === "Seq Scan" && GROWING.has(table)) scanned.push(table);
    for (const next of below) walk(next);
  };
  for (const { "QUERY PLAN": plans } of rows) for (const { Plan } of plans) walk(Plan);
  return scanned;
}

async function findOwner(deployment: number): Promise<{ userId: string; deploymentId: string }> {
  const deploymentId = seededDeploymentId(deployment);
  const { ownerId } = await db().deployment.findUniqueOrThrow({ where: { id: deploymentId } });
  return { userId: ownerId, deploymentId };
}

function createRecord(deploymentId: string, accessKeyId: string | null): CallRecord {
  return {
    id: randomUUID(),
    deploymentId,
    accessKeyId,
    connectedClientId: null,
    at: new Date(),
    method: "tools/call",
    target: "echo",
    httpStatus: 200,
    errorCode: null,
    durationMs: 3,
    requestBytes: 100,
    responseBytes: 200,
    client: "a client",
    usedMachine: true,
  };
}

/** What the app does while people and clients use it, and what it does by itself. */
const PATHS: Record<string, () => Promise<unknown>> = {
  async "lists and pages of deployments"() {
    const { userId, deploymentId } = await findOwner(1);
    const { nextCursor } = await listDeployments(userId, { limit: 1 });
    await listDeployments(userId, { limit: 1, cursor: nextCursor ?? "" });
    await listDeployments(userId, { search: "server 7" });
    await listDeployments(userId, { status: "stopped" });
    await getDeployment(userId, deploymentId);
    await listCalls(userId, deploymentId);
    await listAccessKeys(userId, deploymentId);
    await listUsableDeployments(userId);
    await findUsableDeployment(userId, deploymentId);
    await listConnectedClients(userId, deploymentId);
    await listOwnConnectedClients(userId);
    await listDeploymentUsers(userId, deploymentId);
    await listConnectionEvents(userId, deploymentId);
  },
  async "API tokens"() {
    const { userId } = await findOwner(2);
    const { token } = await createApiToken(userId, "one");
    await findUserByApiToken(token);
    await listApiTokens(userId);
  },
  async "what the gateway reads and writes"() {
    const { deploymentId } = await findOwner(3);
    await loadSnapshots([deploymentId, seededDeploymentId(4)]);
    const key = await db().accessKey.findFirstOrThrow({ where: { deploymentId } });
    const store = createCallStore({ db, keep: async () => 5 });
    await store.write(Array.from({ length: 20 }, () => createRecord(deploymentId, key.id)));
    await store.flush?.();
  },
  async "what the worker asks for at each tick"() {
    await findPending();
    await findPending([seededDeploymentId(5)]);
    await probeMachines();
    await probeMachines(seededDeploymentId(5));
  },
  async "what is deleted when it has outlived its use"() {
    await deleteUnusedAnalyses();
    await sweepAuthorizationServer();
  },
  async analyses() {
    const { userId } = await findOwner(6);
    await findCached("npm:server-6", "1.0.0", null);
    await getAnalysis(userId, randomUUID()).catch(() => {});
  },
  async "keys and people that go"() {
    const { userId, deploymentId } = await findOwner(7);
    const { id } = await createAccessKey(userId, deploymentId, "one");
    await deleteAccessKey(userId, deploymentId, id);
    await endAccessOf(userId);
    await deleteDeployment(userId, deploymentId);
  },
  async "the settings of machines"() {
    await viewMachines(await db().user.findUniqueOrThrow({ where: { id: seededPersonId(1) } }));
  },
};

for (const [name, walk] of Object.entries(PATHS)) {
  test(`queries read no growing table from end to end: ${name}`, async () => {
    const sent = await recordQueries(walk);
    assert.ok(sent.length > 0);
    const found: string[] = [];
    for (const query of sent) {
      const tables = await findFullScans(query);
      if (tables.length > 0) found.push(`${tables.join(", ")}: ${query.text}`);
    }
    assert.deepEqual(found, []);
  });
}

test("every foreign key from a growing table has an index that begins with it", async () => {
  // PostgreSQL looks the pointing rows up by it whenever a row that they point to is deleted.
  const { rows } = await client.query<{ table: string; columns: string[] }>(`
    select c.conrelid::regclass::text as table,
           array(select attname::text from unnest(c.conkey) with ordinality k(attnum, place)
                 join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum order by place) as columns
    from pg_constraint c
    where c.contype = 'f' and not exists (
      select 1 from pg_index i
      where i.indrelid = c.conrelid and i.indpred is null
        and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] = c.conkey)`);
  assert.deepEqual(
    rows.filter(({ table }) => GROWING.has(table)),
    [],
  );
});
