import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createApiToken } from "../../auth/api-tokens.ts";
import { db } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/client.ts";
import { resolveAlias } from "../testing/alias.ts";
import { setUpDeployments } from "../testing/set-up.ts";
import { createTestUser } from "../testing/settings.ts";
import type { DeploymentSummary } from "../view.ts";

resolveAlias();
const { userId: owner } = await setUpDeployments({ registry: false });
const { GET } = (await import(`${"../../../app/api/deployments"}/route.ts`)) as {
  GET(request: Request, context: { params: Promise<object> }): Promise<Response>;
};

const OWN = 120;
let token: string;
before(async () => {
  const stranger = await createTestUser();
  token = (await createApiToken(owner, "test")).token;
  const spec = (packageName: string): Prisma.InputJsonValue => ({
    server: { name: "x", description: "", runtime: "npm", package: packageName, version: "1.0.0", args: [] },
    inputs: [],
  });
  const tool = { name: "one", inputSchema: { type: "object" } };
  const seed = (ownerId: string, prefix: string) =>
    Array.from({ length: OWN }, (_, index) => ({
      ownerId,
      name: `${prefix} ${index}`,
      source: `npm:source-${index}`,
      spec: spec(index === 7 ? "@scope/special_name" : "plain"),
      runtime: "fly",
      status: index % 10 === 0 ? ("failing" as const) : ("live" as const),
      tools: index === 0 ? [tool, tool] : [],
      // Pairs share their moment, so that the order needs the id too.
      createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, Math.floor(index / 2))),
    }));
  await db().deployment.createMany({ data: [...seed(owner, "Mine"), ...seed(stranger, "Theirs")] });
});

interface Answer {
  status: number;
  deployments: DeploymentSummary[];
  next_cursor: string | null;
  error?: { code: string; fields?: Record<string, string> };
}

async function list(query: Record<string, string> = {}): Promise<Answer> {
  const request = new Request(`http://127.0.0.1:3999/api/deployments?${new URLSearchParams(query)}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const response = await GET(request, { params: Promise.resolve({}) });
  return { status: response.status, ...((await response.json()) as Omit<Answer, "status">) };
}

async function listAll(query: Record<string, string>): Promise<{ names: string[]; pages: number }> {
  const names: string[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const page: Answer = await list({ ...query, ...(cursor !== null && { cursor }) });
    names.push(...page.deployments.map(({ name }) => name));
    cursor = page.next_cursor;
    pages++;
  } while (cursor !== null);
  return { names, pages };
}

test("pages hold every deployment of the person once, the newest first", async () => {
  const { names, pages } = await listAll({ limit: "7" });
  assert.equal(pages, 18);
  assert.equal(names.length, OWN);
  assert.equal(new Set(names).size, OWN);
  assert.ok(names.every((name) => name.startsWith("Mine ")));
  const seconds = names.map((name) => Math.floor(Number(name.split(" ")[1]) / 2));
  assert.deepEqual(
    seconds,
    [...seconds].sort((a, b) => b - a),
  );
});

test("a list without a limit has fifty deployments and says where the next begin", async () => {
  const page = await list();
  assert.equal(page.deployments.length, 50);
  assert.equal(typeof page.next_cursor, "string");
  assert.equal((await list({ limit: "200" })).next_cursor, null);
});

test("the search finds every word in name, source, package, status or id, and takes wildcards as text", async () => {
  const find = async (q: string) => (await listAll({ q, limit: "50" })).names;
  assert.deepEqual(await find("special_name"), ["Mine 7"]);
  assert.deepEqual(await find("SOURCE-119 mine"), ["Mine 119"]);
  assert.equal((await find("failing")).length, OWN / 10);
  assert.deepEqual(await find("theirs"), []);
  assert.deepEqual(await find("%"), []);
  assert.deepEqual(await find("specialXname"), []);
  assert.deepEqual(await find("\\"), []);
  const { deployments } = await list({ limit: "1" });
  assert.equal((await find(deployments[0]?.id ?? "")).length, 1);
});

test("a status selects, and tools are counted", async () => {
  const { deployments } = await list({ status: "failing", limit: "200" });
  assert.equal(deployments.length, OWN / 10);
  assert.deepEqual([deployments.at(-1)?.name, deployments.at(-1)?.toolCount], ["Mine 0", 2]);
  assert.deepEqual((await list({ status: "stopped" })).deployments, []);
});

test("a bad limit, status or cursor is refused by its name", async () => {
  for (const [key, value] of [
    ["limit", "0"],
    ["limit", "201"],
    ["limit", "many"],
    ["status", "asleep"],
    ["cursor", "nonsense"],
    ["cursor", Buffer.from("1 x").toString("base64url")],
    ["cursor", Buffer.from("x 01a22425-a6ef-751e-a8a6-16446480b9b4").toString("base64url")],
  ] as const) {
    const { status, error } = await list({ [key]: value });
    assert.deepEqual([status, error?.code, Object.keys(error?.fields ?? {})], [400, "invalid_request", [key]], value);
  }
});
