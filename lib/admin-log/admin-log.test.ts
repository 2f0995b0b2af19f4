import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { testInput } from "../analysis/testing/input.ts";
import { changeEmail, changePassword, endSessions, renameAccount } from "../auth/accounts.ts";
import { createApiToken, revokeApiToken } from "../auth/api-tokens.ts";
import { linkGitHubAccount, unlinkGitHubAccount } from "../auth/github-sign-in.ts";
import { acceptInvitation, createInvitation, withdrawInvitation } from "../auth/invitations.ts";
import { createPasswordReset, resetPassword } from "../auth/password-reset.ts";
import { sealSession, sessionCookie } from "../auth/session-cookie.ts";
import { signInWithPassword } from "../auth/sign-in.ts";
import { endSession } from "../auth/signed-out.ts";
import { makeMember, makeOwner, password } from "../auth/testing/people.ts";
import type { SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { workerState } from "../deployments/reconcile/worker-state.ts";
import * as service from "../deployments/service.ts";
import {
  createAccessKey,
  createDeployment,
  deleteAccessKey,
  deleteCalls,
  deleteDeployment,
  renameDeployment,
  repairDeployment,
  replaceInputs,
  resolvePackageAgain,
  restartDeployment,
  retryDeployment,
  setInstallScripts,
  setPayloadRecording,
  startDeployment,
  stopDeployment,
  updateMachineSettings,
  updateStartTimeout,
} from "../deployments/service.ts";
import { createTestAnalysis } from "../deployments/testing/settings.ts";
import { userRoute } from "../http/user-route.ts";
import { disconnectClient } from "../oauth/connected-clients.ts";
import {
  addDeploymentUser,
  listDeploymentUsers,
  removeDeploymentUser,
  setOnlyListedUsers,
} from "../oauth/deployment-users.ts";
import { createManualClient, deleteManualClient } from "../oauth/manual-clients.ts";
import { TestBrowser } from "../oauth/testing/browser.ts";
import { authorizationRequest, connect, register } from "../oauth/testing/client.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "../oauth/testing/server.ts";
import { removePerson, setRole, setUseOfEveryDeployment } from "../people/people.ts";
import { savePersonQuotas } from "../settings/quotas.ts";
import { setSettings } from "../settings/settings.ts";
import { adminLogQuerySchema } from "./api.ts";
import { exportAdminLog, listAdminLog } from "./list.ts";
import { withOrigin } from "./origin.ts";
import { recordChange } from "./record.ts";
import { deleteOldAdminLog } from "./retention.ts";

let server: TestAuthorizationServer;
let owner: SessionUser;
before(async () => {
  server = await startAuthorizationServer();
  // Commands only ask for work here; no machine is started.
  workerState().isStopping = true;
  owner = await makeOwner();
});
after(() => server.close());

const from = (user: SessionUser) => ({ userId: user.id, address: "203.0.113.9", via: "session" as const });

/** Runs work and returns what it wrote to the log, the oldest first. */
async function recordedBy(work: () => Promise<unknown>) {
  const before = await db().adminLogEntry.count();
  await work();
  const rows = await db().adminLogEntry.findMany({ orderBy: [{ at: "asc" }, { id: "asc" }] });
  return rows.slice(before);
}

async function createFixture(user: SessionUser, secret: string): Promise<string> {
  const spec = { name: "weather", package: "weather", version: "1.0.0", args: [] };
  const analysisId = await createTestAnalysis(user.id, spec, [testInput("API_TOKEN", { secret: true })]);
  return (await createDeployment(user.id, { analysisId, inputs: { API_TOKEN: secret } })).id;
}

async function idOf(work: Promise<{ id: string }>): Promise<string> {
  return (await work).id;
}

test("each command records who did what, from where, and no secret that passed through it", async () => {
  const canary = `canary-${randomUUID()}`;
  const secrets = [canary, password];
  const member = await makeMember("member@example.com");
  const actions: string[] = [];
  const run = async <T>(user: SessionUser, work: () => Promise<T>): Promise<T> => {
    const results: T[] = [];
    const rows = await recordedBy(async () => results.push(await withOrigin(from(user), work)));
    assert(rows.length > 0, `nothing was recorded: ${work}`);
    for (const row of rows) {
      assert.deepEqual([row.actorId, row.address, row.via], [user.id, "203.0.113.9", "session"], row.action);
      assert.match(row.summary, /^\p{Lu}.*\.$/u);
      assert.equal(row.category, row.action.split(".")[0]);
      actions.push(row.action);
    }
    return results[0] as T;
  };

  // Accounts.
  await run(member, () => renameAccount(member.id, "Ada"));
  await run(member, () => changePassword(member, { current: password, password: `${canary} first` }));
  await run(member, () => changeEmail(member, { email: "ada@example.com", current: `${canary} first` }));
  await run(member, () => endSessions(member.id));
  await run(member, () => linkGitHubAccount(member.id, "4711"));
  await run(member, () => unlinkGitHubAccount(member.id));
  const reset = await run(owner, () => createPasswordReset("ada@example.com"));
  const link = reset.url.split("/").at(-1) ?? "";
  await run(member, () => resetPassword(link, `${canary} second`, "203.0.113.9"));
  await run(member, () => endSession({ sub: member.id, signedInAtMs: Date.now() }));
  const apiToken = await run(member, () => createApiToken(member.id, "CI"));
  await run(member, () => revokeApiToken(member.id, apiToken.id));

  // People.
  const invitation = await run(owner, () => createInvitation(owner, "grace@example.com"));
  const withdrawn = await run(owner, () => createInvitation(owner, null));
  await run(owner, () => withdrawInvitation(owner, withdrawn.id));
  const inviteToken = invitation.url.split("/").at(-1) ?? "";
  const account = { email: "grace@example.com", name: null, password: `${canary} third` };
  const rows = await recordedBy(() => acceptInvitation(inviteToken, account));
  assert.deepEqual(
    rows.map((row) => [row.action, row.actor]),
    [["account.created", "grace@example.com"]],
  );

  await run(owner, () => setRole(owner, member.id, "admin"));
  await run(owner, () => setRole(owner, member.id, "member"));
  await run(owner, () => setUseOfEveryDeployment(owner, member.id, true));
  await run(owner, () => savePersonQuotas(owner, member.id, { deployments: 1, running: 1, analyses: 1 }));

  // Settings, with a secret in every one of them.
  const settings = { language_model_api_key: canary, language_model_base_url: `https://user:${canary}@example.com` };
  await run(owner, () => setSettings({ ...settings, github_token: canary, fly_token: canary, fly_org: null }));

  // A deployment's whole life.
  const id = await run(owner, () => createFixture(owner, canary));
  await run(owner, () => renameDeployment(owner.id, id, "Weather"));
  await run(owner, () => replaceInputs(owner.id, id, { API_TOKEN: `${canary}-2` }));
  await run(owner, () => updateStartTimeout(owner.id, id, 120));
  await run(owner, () => updateMachineSettings(owner.id, id, { memoryMb: 1024 }));
  await run(owner, () => restartDeployment(owner.id, id));
  await db().deploymentStep.updateMany({ where: { deploymentId: id, name: "starting" }, data: { status: "failed" } });
  await run(owner, () => retryDeployment(owner.id, id));
  await run(owner, () => repairDeployment(owner.id, id));
  await run(owner, () => setInstallScripts(owner.id, id, false));
  await run(owner, () => resolvePackageAgain(owner.id, id));
  await run(owner, () => setPayloadRecording(owner.id, id, true));
  await run(owner, () => deleteCalls(owner.id, id));
  await run(owner, () => stopDeployment(owner.id, id));
  await run(owner, () => startDeployment(owner.id, id));
  const key = await run(owner, () => createAccessKey(owner.id, id, "laptop"));
  await run(owner, () => deleteAccessKey(owner.id, id, key.id));
  const redirectUris = ["https://client.example/callback"];
  const manual = await run(owner, () => createManualClient(owner.id, id, { name: "Dialog", redirectUris }));
  await run(owner, () => deleteManualClient(owner.id, id, manual.clientId));
  await run(owner, () => addDeploymentUser(owner, id, "ada@example.com"));
  await run(owner, () => setOnlyListedUsers(owner.id, id, true));
  const [entry] = await listDeploymentUsers(owner.id, id);
  await run(owner, () => removeDeploymentUser(owner.id, id, entry?.id ?? ""));

  // A client that connects over the wire, and one that is denied.
  const browser = new TestBrowser(server.url);
  await browser.signIn(owner.id);
  const client = await register(server.url, { client_name: "Editor" });
  let tokens = { access_token: "", refresh_token: "" };
  const consents = await recordedBy(async () => {
    tokens = await connect(server.url, browser, client, id);
    await browser.authorize(authorizationRequest(server.url, client, id).url, "deny");
  });
  assert.deepEqual(
    consents.map((row) => [row.action, row.actor, row.via]),
    [
      ["client.allowed", owner.email, "session"],
      ["client.denied", owner.email, "session"],
    ],
  );
  assert.match(consents[0]?.summary ?? "", /Editor.*“Weather”/);
  const connected = await idOf(db().connectedClient.findFirstOrThrow({ where: { deploymentId: id } }));
  await run(owner, () => disconnectClient(owner.id, id, connected));
  await run(owner, () => deleteDeployment(owner.id, id));
  assert.deepEqual(await recordedBy(() => deleteDeployment(owner.id, id)), [], "deleted twice, recorded once");
  await run(owner, () => removePerson(owner, member.id));

  secrets.push(key.key, apiToken.token, link, inviteToken, manual.clientSecret, tokens.access_token);
  secrets.push(tokens.refresh_token, withdrawn.url.split("/").at(-1) ?? "");
  let csv = "";
  for await (const page of exportAdminLog(owner)) csv += JSON.stringify(page);
  const everything = JSON.stringify(await db().adminLogEntry.findMany()) + csv;
  for (const secret of secrets) {
    assert(secret.length > 10);
    assert(!everything.includes(secret), `a secret is in the log: ${secret}`);
  }
  assert.equal(new Set(actions).size, 41, actions.join(" "));
});

test("every command of a deployment is among those that the test above runs", async () => {
  const source = await readFile(import.meta.filename, "utf8");
  const commands = Object.keys(service).filter((name) => !/^(get|list|export|stream)/.test(name));
  assert(commands.length > 10);
  // A new command belongs there, where it has to record what it changes.
  assert.deepEqual(
    commands.filter((name) => !source.includes(`=> ${name}(`)),
    ["createDeployment", "deleteOwnAccessKey"],
  );
});

test("a sign-in is recorded with its address; a failed one never with what was typed for an unknown account", async () => {
  const { email } = await makeMember("signing-in@example.com");
  const address = "198.51.100.7";
  const attempt = (as: string, word: string) => signInWithPassword({ email: as, password: word, address });
  const rows = await recordedBy(async () => {
    await attempt(email, password);
    await assert.rejects(attempt(email, "not the password"), { code: "unauthenticated" });
    await assert.rejects(attempt("my-password-in-the-wrong-field", "x"), { code: "unauthenticated" });
  });
  assert.deepEqual(
    rows.map((row) => [row.action, row.actor, row.address, row.summary]),
    [
      ["sign-in.password", email, address, "Signed in with a password."],
      ["sign-in.failed", null, address, `A sign-in as ${email} failed.`],
      ["sign-in.failed", null, address, "A sign-in with an e-mail address that has no account failed."],
    ],
  );
});

test("a flood of failed sign-ins writes a bounded number of entries", async () => {
  const now = Date.now();
  const rows = await recordedBy(async () => {
    for (let count = 0; count < 40; count++) {
      const credentials = { email: "flooded@example.com", password: "x", address: `192.0.2.${count}` };
      await assert.rejects(signInWithPassword(credentials, new Date(now + count)), /./);
    }
  });
  assert.equal(rows.length, 20);
  assert(rows.some((row) => row.action === "sign-in.throttled"));
});

test("a change that fails leaves no entry", async () => {
  const person = await makeMember("unchanged@example.com");
  const rows = await recordedBy(async () => {
    const taken = { email: owner.email, current: password };
    await assert.rejects(changeEmail(person, taken), { code: "conflict" });
    await assert.rejects(revokeApiToken(person.id, randomUUID()), { code: "not_found" });
    const broken = db().$transaction(async (tx) => {
      await recordChange(tx, { action: "settings.changed", userId: person.id, summary: "Never happened." });
      throw new Error("rolled back");
    });
    await assert.rejects(broken, /rolled back/);
  });
  assert.deepEqual(rows, []);
});

test("an API route records the client's address and that a token was used", async () => {
  const { token } = await createApiToken(owner.id, "robot");
  const route = userRoute(async (_request, { user }) => {
    await renameAccount(user.id, "Robot");
    return new Response(null, { status: 204 });
  });
  const ask = (headers: Record<string, string>) =>
    route(new Request("http://catwalk.test/api/x", { method: "POST", headers }), { params: Promise.resolve({}) });
  const rows = await recordedBy(async () => {
    await ask({ authorization: `Bearer ${token}`, "x-catwalk-peer-address": "192.0.2.44" });
    const session = await sealSession({ sub: owner.id, signedInAtMs: Date.now() + 1_000 });
    await ask({ cookie: `${sessionCookie().name}=${session}`, "x-catwalk-peer-address": "192.0.2.45" });
  });
  assert.deepEqual(
    rows.map((row) => [row.actor, row.address, row.via]),
    [
      [owner.email, "192.0.2.44", "token"],
      [owner.email, "192.0.2.45", "session"],
    ],
  );
});

test("the log is paged, filtered and exported in whole", async () => {
  await db().adminLogEntry.deleteMany();
  const day = (number: number) => new Date(Date.UTC(2026, 0, number, 12));
  await db().adminLogEntry.createMany({
    data: Array.from({ length: 1_200 }, (_, index) => ({
      id: randomUUID(),
      at: day(1 + (index % 20)),
      category: index % 3 === 0 ? "people" : "key",
      action: index % 3 === 0 ? "people.invited" : "key.token-created",
      summary: `Entry ${index}`,
      actor: index % 2 === 0 ? "even@example.com" : "odd@example.com",
    })),
  });
  const all: string[] = [];
  for (let cursor: string | undefined, isLast = false; !isLast; ) {
    const page = await listAdminLog(owner, { limit: 150, cursor });
    all.push(...page.entries.map(({ summary }) => summary));
    cursor = page.nextCursor ?? undefined;
    isLast = page.nextCursor === null;
  }
  assert.equal(all.length, 1_200);
  assert.equal(new Set(all).size, 1_200);

  const query = adminLogQuerySchema.parse({
    category: "people",
    person: " Even@Example.com ",
    from: "2026-01-05",
    until: "2026-01-06",
  });
  const { entries } = await listAdminLog(owner, { ...query, limit: 200 });
  assert(entries.length > 10);
  for (const entry of entries) {
    assert.deepEqual([entry.category, entry.actor], ["people", "even@example.com"]);
    assert(entry.at.startsWith("2026-01-05") || entry.at.startsWith("2026-01-06"), entry.at);
  }
  let exported = 0;
  for await (const rows of exportAdminLog(owner, { category: "people" })) exported += rows.length;
  assert.equal(exported, 400);
  await assert.rejects(listAdminLog(owner, { cursor: "nonsense" }), { code: "invalid_request" });
});

test("members see nothing of the log", async () => {
  const member = await makeMember("curious@example.com");
  await assert.rejects(listAdminLog(member), { code: "forbidden" });
  assert.throws(() => exportAdminLog(member), { code: "forbidden" });
});

test("entries go after a year, in batches", async () => {
  await db().adminLogEntry.deleteMany();
  const now = new Date("2028-01-01T00:00:00Z");
  const ages = (count: number, days: number) =>
    Array.from({ length: count }, () => ({
      id: randomUUID(),
      at: new Date(now.getTime() - days * 24 * 60 * 60_000),
      category: "key",
      action: "key.token-created",
      summary: "Created.",
    }));
  await db().adminLogEntry.createMany({ data: [...ages(2_300, 366), ...ages(5, 364)] });
  assert.equal(await deleteOldAdminLog(now), 2_300);
  assert.equal(await db().adminLogEntry.count(), 5);
});
