import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { db } from "../db/client.ts";
import type { GitHubProfile } from "./github-provider.ts";
import { gitHubWebUrl } from "./github-provider.ts";
import { admitGitHubAccount, findGitHubUserId, linkGitHubAccount, unlinkGitHubAccount } from "./github-sign-in.ts";
import {
  acceptInvitation,
  createInvitation,
  findInvitation,
  listInvitations,
  withdrawInvitation,
} from "./invitations.ts";
import { makeMember, makeOwner, password } from "./testing/people.ts";
import { prepareCatwalk } from "./testing/setting.ts";
import type { SessionUser } from "./user.ts";

let close: () => Promise<void>;
let owner: SessionUser;
before(async () => {
  close = await prepareCatwalk();
  owner = await makeOwner();
});
after(() => close());

const day = 24 * 60 * 60_000;

async function invite(email: string | null = null, now?: Date): Promise<{ id: string; token: string }> {
  const { id, url } = await createInvitation(owner, email, undefined, now);
  assert.match(url, /^http:\/\/catwalk\.test:3000\/invite\/[\w-]{43}$/);
  return { id, token: url.split("/").at(-1) ?? "" };
}

let gitHubIds = 1_000;
const gitHub = (...verifiedEmails: string[]): GitHubProfile => ({
  id: String(gitHubIds++),
  login: "octo",
  verifiedEmails,
});

test("an invitation lets one person in, once, as a member", async () => {
  const { token } = await invite();
  assert.deepEqual(await findInvitation(token), { email: null, invitedBy: "owner@example.com" });
  const accounts = ["first@example.com", "second@example.com"].map((email) => ({ email, name: null, password }));
  const outcomes = await Promise.allSettled(accounts.map((account) => acceptInvitation(token, account)));
  const joined = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  assert.equal(joined.length, 1);
  assert.equal(joined[0]?.role, "member");
  assert.equal(await findInvitation(token), null);
});

test("an invitation for an address serves no other, and an address with an account is refused", async () => {
  const { token } = await invite("ada@example.com");
  await assert.rejects(acceptInvitation(token, { email: "eve@example.com", name: null, password }), {
    code: "invalid_request",
  });
  assert.equal((await acceptInvitation(token, { email: "ada@example.com", name: "Ada", password })).name, "Ada");
  const open = await invite();
  await assert.rejects(acceptInvitation(open.token, { email: "ada@example.com", name: null, password }), {
    code: "conflict",
  });
  // A failed attempt does not use up the invitation.
  assert.ok(await findInvitation(open.token));
  await assert.rejects(createInvitation(owner, "ada@example.com"), { code: "conflict" });
});

test("it ends after seven days, or when it is withdrawn, and is kept as a hash", async () => {
  const { token, id } = await invite();
  assert.ok(await findInvitation(token, new Date(Date.now() + 6.9 * day)));
  const late = new Date(Date.now() + 7.1 * day);
  assert.equal(await findInvitation(token, late), null);
  await assert.rejects(acceptInvitation(token, { email: "late@example.com", name: null, password }, late), {
    code: "not_found",
  });
  const row = await db().invitation.findUniqueOrThrow({ where: { id } });
  assert.ok(!JSON.stringify(row).includes(token));
  assert.ok((await listInvitations(owner)).some((invitation) => invitation.id === id));
  await withdrawInvitation(owner, id);
  assert.equal(await findInvitation(token), null);
  await assert.rejects(withdrawInvitation(owner, id), { code: "not_found" });
});

test("a member cannot invite people", async () => {
  const member = await makeMember("member@example.com");
  for (const refused of [
    createInvitation(member, null),
    listInvitations(member),
    withdrawInvitation(member, owner.id),
  ]) {
    await assert.rejects(refused, { code: "forbidden" });
  }
});

test("a request without an invitation learns nothing about its password and costs no hash", async () => {
  for (const given of ["short", password, "mypassword".repeat(14)]) {
    const account = { email: "eve@example.com", name: null, password: given };
    await assert.rejects(acceptInvitation("x".repeat(43), account), { code: "not_found" });
  }
});

test("a GitHub account comes in by its link or by an invitation, and otherwise not", async () => {
  assert.equal(await admitGitHubAccount(gitHub("stranger@example.com"), null), false);
  assert.equal(await admitGitHubAccount(gitHub("stranger@example.com"), "no-such-token"), false);
  assert.equal(await db().user.findUnique({ where: { email: "stranger@example.com" } }), null);

  const { token } = await invite();
  const invited = gitHub("Linus@example.com", "other@example.com");
  assert.equal(await admitGitHubAccount(invited, token), true);
  const account = await db().user.findUniqueOrThrow({ where: { githubId: invited.id } });
  assert.deepEqual({ email: account.email, role: account.role }, { email: "linus@example.com", role: "member" });
  assert.equal(await admitGitHubAccount({ ...invited, verifiedEmails: [] }, null), true);
  assert.equal(await admitGitHubAccount(gitHub("second@example.org"), token), false);
});

test("a verified address that equals an account's does not open that account", async () => {
  const grace = await makeMember("grace@example.com");
  const profile = gitHub("work@example.com", "Grace@example.com");
  assert.equal(await admitGitHubAccount(profile, null), false);
  assert.equal(await admitGitHubAccount(profile, (await invite("grace.h@example.com")).token), false);
  assert.equal(await findGitHubUserId(profile.id), undefined);

  assert.equal(await linkGitHubAccount(grace.id, profile.id), true);
  assert.equal(await linkGitHubAccount(grace.id, profile.id), true);
  assert.equal(await admitGitHubAccount(profile, null), true);
  assert.equal(await findGitHubUserId(profile.id), grace.id);
});

test("a link never replaces another one, on either side", async () => {
  const [ada, bob] = [await makeMember("ada.l@example.com"), await makeMember("bob.l@example.com")];
  assert.equal(await linkGitHubAccount(ada.id, "501"), true);
  assert.equal(await linkGitHubAccount(bob.id, "501"), false);
  assert.equal(await linkGitHubAccount(ada.id, "502"), false);
  await unlinkGitHubAccount(ada.id);
  assert.equal(await linkGitHubAccount(bob.id, "501"), true);
  const hub = await db().user.create({ data: { email: "hub.only@example.com", githubId: "503" } });
  await assert.rejects(unlinkGitHubAccount(hub.id), { code: "conflict" });
  assert.equal(await findGitHubUserId("503"), hub.id);
});

test("an invitation for an address needs GitHub to have verified that address", async () => {
  const { token } = await invite("margaret@example.com");
  assert.equal(await admitGitHubAccount(gitHub("someone@example.org"), token), false);
  assert.equal(await admitGitHubAccount(gitHub("someone@example.org", "margaret@example.com"), token), true);
});

test("a removed person's account does not reopen through GitHub", async () => {
  const removed = await makeMember("removed@example.com");
  await db().user.update({ where: { id: removed.id }, data: { passwordHash: null, githubId: null } });
  assert.equal(await admitGitHubAccount(gitHub("removed@example.com"), null), false);
});

test("GitHub's pages are found beside its API", () => {
  assert.equal(gitHubWebUrl("https://api.github.com"), "https://github.com");
  assert.equal(gitHubWebUrl("https://api.octo.ghe.com"), "https://octo.ghe.com");
  assert.equal(gitHubWebUrl("https://git.example.com/api/v3"), "https://git.example.com");
  assert.equal(gitHubWebUrl("http://127.0.0.1:4567"), "http://127.0.0.1:4567");
});
