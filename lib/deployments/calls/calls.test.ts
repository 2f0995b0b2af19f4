import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { makeMember, makeOwner } from "../../auth/testing/people.ts";
import { prepareCatwalk } from "../../auth/testing/setting.ts";
import type { SessionUser } from "../../auth/user.ts";
import { db } from "../../db/client.ts";
import { csvResponse } from "../../http/csv-response.ts";
import { saveCallRetention } from "../../settings/call-retention.ts";
import { CALL_COLUMNS } from "../queries/calls.ts";
import { deleteCalls, exportCalls, getCallStats, listCalls } from "../service.ts";
import { callFilterSchema, callQuerySchema } from "./call-query.ts";
import { deleteOldCalls, trimCalls } from "./call-retention.ts";

let close: () => Promise<void>;
let owner: SessionUser;
before(async () => {
  close = await prepareCatwalk();
  owner = await makeOwner();
});
after(() => close());

async function createDeployment(): Promise<string> {
  const data = { ownerId: owner.id, name: "test", source: "npm:x", spec: {}, runtime: "local" };
  return (await db().deployment.create({ data })).id;
}

const NOW = new Date("2026-05-20T15:30:00Z");
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 60 * 60_000);

interface Recorded {
  at?: Date;
  method?: string;
  target?: string;
  client?: string;
  person?: string;
  httpStatus?: number;
  errorCode?: number;
  isToolError?: boolean;
  durationMs?: number;
}

async function record(deploymentId: string, calls: Recorded[]): Promise<void> {
  await db().callRecord.createMany({
    data: calls.map((call) => ({
      id: randomUUID(),
      deploymentId,
      at: NOW,
      method: "tools/call",
      httpStatus: 200,
      durationMs: 10,
      requestBytes: 1,
      responseBytes: 1,
      ...call,
    })),
  });
}

test("calls are filtered by tool, client, person, outcome, kind and time", async () => {
  const id = await createDeployment();
  await record(id, [
    { target: "send", client: "Claude 1", person: "ada@example.com", at: hoursAgo(1) },
    { target: "send", client: "Cursor 2", person: "grace@example.com", at: hoursAgo(2), httpStatus: 503 },
    { target: "read", client: "Claude 1", person: "ada@example.com", at: hoursAgo(30), errorCode: -32602 },
    { method: "tools/list", client: "Claude 1", person: "ada@example.com", at: hoursAgo(3) },
    { target: "read", client: "Claude 1", person: "ada@example.com", at: hoursAgo(4), isToolError: true },
  ]);
  const count = async (query: Record<string, string>) =>
    (await listCalls(owner.id, id, callQuerySchema.parse(query))).calls.length;
  assert.equal(await count({}), 5);
  assert.equal(await count({ target: "send" }), 2);
  assert.equal(await count({ client: "Claude 1" }), 4);
  assert.equal(await count({ person: "grace@example.com" }), 1);
  assert.equal(await count({ outcome: "failed" }), 3);
  assert.equal(await count({ outcome: "ok" }), 2);
  assert.equal(await count({ kind: "work" }), 4);
  assert.equal(await count({ kind: "protocol" }), 1);
  assert.equal(await count({ method: "tools/list" }), 1);
  assert.equal(await count({ from: "2026-05-20" }), 4);
  assert.equal(await count({ until: "2026-05-19" }), 1);
  assert.equal(await count({ target: "send", outcome: "ok" }), 1);
  assert.equal(await count({ target: "' or true --" }), 0);
});

test("pages follow each other without a gap, also among calls of one millisecond", async () => {
  const id = await createDeployment();
  await record(
    id,
    Array.from({ length: 230 }, (_, index) => ({ target: `t${index}`, at: hoursAgo(index % 2) })),
  );
  const seen: (string | null)[] = [];
  for (let cursor: string | undefined, isLast = false; !isLast; ) {
    const page = await listCalls(owner.id, id, { limit: 50, cursor });
    seen.push(...page.calls.map(({ target }) => target));
    cursor = page.nextCursor ?? undefined;
    isLast = page.nextCursor === null;
  }
  assert.equal(seen.length, 230);
  assert.equal(new Set(seen).size, 230);
  await assert.rejects(listCalls(owner.id, id, { cursor: "x" }), { code: "invalid_request" });
});

test("the export is a CSV file of all that a filter finds, and runs no formula", async () => {
  const id = await createDeployment();
  await record(id, [
    ...Array.from({ length: 700 }, () => ({ target: "many" })),
    { target: '=HYPERLINK("http://evil.example","x")', client: "a,b", at: hoursAgo(5) },
  ]);
  const response = csvResponse("catwalk-calls", CALL_COLUMNS, await exportCalls(owner.id, id));
  assert.match(response.headers.get("content-disposition") ?? "", /^attachment; filename="catwalk-calls\.csv"$/);
  const lines = (await response.text()).trimEnd().split("\r\n");
  assert.equal(lines.length, 702);
  assert.match(lines[0] ?? "", /^\ufeff?time,method,target,/);
  assert.match(lines.at(-1) ?? "", /,"'=HYPERLINK\(""http:\/\/evil\.example"",""x""\)","a,b",/);
  const filtered = await exportCalls(owner.id, id, callFilterSchema.parse({ client: "a,b" }));
  const rows = [];
  for await (const page of filtered) rows.push(...page);
  assert.equal(rows.length, 1);
});

test("deleting takes what the filter finds, or everything, and is in the administrator's log", async () => {
  const id = await createDeployment();
  await record(id, [...Array.from({ length: 1_500 }, () => ({ target: "a" })), { target: "b" }, { target: "c" }]);
  assert.equal(await deleteCalls(owner.id, id, { target: "a" }), 1_500);
  assert.equal(await db().callRecord.count({ where: { deploymentId: id } }), 2);
  assert.equal(await deleteCalls(owner.id, id), 2);
  const entries = await db().adminLogEntry.findMany({ where: { action: "deployment.calls-deleted" } });
  assert.deepEqual(entries.map(({ summary }) => summary).sort(), [
    "Deleted all call records of “test”.",
    "Deleted some call records of “test”.",
  ]);
});

test("the picture counts calls, failures and the slow end, by time, tool and client", async () => {
  const id = await createDeployment();
  await record(id, [
    ...Array.from({ length: 100 }, (_, index) => ({
      target: "search",
      client: "Claude 1",
      at: hoursAgo(2),
      durationMs: index + 1,
    })),
    { target: "write", client: "Cursor 2", at: hoursAgo(3), durationMs: 5_000, errorCode: -32603 },
    { target: "write", client: "Cursor 2", at: hoursAgo(3), durationMs: 7_000, httpStatus: 504 },
    // Not in the picture: the protocol's own, and what is older.
    { method: "GET", at: hoursAgo(1), durationMs: 3_600_000 },
    { target: "search", at: hoursAgo(30) },
  ]);
  const day = await getCallStats(owner.id, id, "day", NOW);
  assert.equal(day.bars.length, 24);
  assert.deepEqual([day.total.calls, day.total.failures], [102, 2]);
  const busy = day.bars.find((bar) => bar.calls === 100);
  assert.equal(busy?.at, "2026-05-20T13:00:00.000Z");
  assert.deepEqual([busy.p50Ms, busy.p95Ms], [51, 95]);
  assert.deepEqual(
    day.tools.map(({ name, calls, failures }) => [name, calls, failures]),
    [
      ["search", 100, 0],
      ["write", 2, 2],
    ],
  );
  assert.deepEqual(
    day.clients.map(({ name, p95Ms }) => [name, p95Ms]),
    [
      ["Claude 1", 95],
      ["Cursor 2", 6_900],
    ],
  );
  assert.equal(day.bars.filter((bar) => bar.calls === 0 && bar.p50Ms === null).length, 22);
  const week = await getCallStats(owner.id, id, "week", NOW);
  assert.deepEqual([week.bars.length, week.total.calls], [28, 103]);
  const empty = await getCallStats(owner.id, await createDeployment(), "day", NOW);
  assert.deepEqual(empty.total, { name: null, calls: 0, failures: 0, p50Ms: null, p95Ms: null });
});

test("old calls go by age, those beyond the number by number, each in batches", async () => {
  const [aged, many] = [await createDeployment(), await createDeployment()];
  await saveCallRetention(owner, { days: 7, maxPerDeployment: 100 });
  await record(aged, [
    ...Array.from({ length: 2_100 }, () => ({ at: hoursAgo(8 * 24) })),
    ...Array.from({ length: 3 }, () => ({ at: hoursAgo(6 * 24) })),
  ]);
  await deleteOldCalls(NOW);
  assert.equal(await db().callRecord.count({ where: { deploymentId: aged } }), 3);
  await record(
    many,
    Array.from({ length: 1_300 }, (_, index) => ({ target: `t${index}`, at: hoursAgo(index / 10) })),
  );
  await trimCalls(db(), many, 100);
  const left = await db().callRecord.findMany({ where: { deploymentId: many }, orderBy: { at: "desc" } });
  assert.deepEqual([left.length, left[0]?.target, left.at(-1)?.target], [100, "t0", "t99"]);
  assert.equal(await db().callRecord.count({ where: { deploymentId: aged } }), 3, "other deployments keep theirs");
});

test("deleting by age and reading a page go by an index", async () => {
  const id = await createDeployment();
  await db().$executeRaw`
    insert into call_records (id, deployment_id, at, method, http_status, duration_ms, request_bytes, response_bytes)
    select gen_random_uuid(), ${id}::uuid, now() - n * interval '1 second', 'tools/call', 200, 1, 1, 1
    from generate_series(1, 20000) as n`;
  await db().$executeRaw`analyze call_records`;
  const plan = async (sql: string) =>
    JSON.stringify(await db().$queryRawUnsafe(`explain ${sql}`)).match(/Seq Scan on call_records/) === null;
  assert(await plan("select id from call_records where at < now() - interval '30 days' order by at limit 1000"));
  assert(await plan(`select id from call_records where deployment_id = '${id}' order by at desc, id desc limit 51`));
  assert(
    await plan(`delete from call_records where ctid = any(array(
      select ctid from call_records where deployment_id = '${id}' and at < now() - interval '1 day' order by at limit 1000))`),
  );
});

test("another person finds, exports, counts and deletes nothing", async () => {
  const id = await createDeployment();
  await record(id, [{}]);
  const stranger = await makeMember("stranger@example.com");
  for (const attempt of [
    () => listCalls(stranger.id, id),
    () => exportCalls(stranger.id, id),
    () => getCallStats(stranger.id, id, "day"),
    () => deleteCalls(stranger.id, id),
  ]) {
    await assert.rejects(attempt, { code: "not_found" });
  }
  assert.equal(await db().callRecord.count({ where: { deploymentId: id } }), 1);
});
