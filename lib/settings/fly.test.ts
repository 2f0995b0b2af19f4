import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startFlySimulator } from "../../fly-simulator/src/simulator.ts";
import type { FlySimulator } from "../../fly-simulator/src/simulator-types.ts";
import { makeMember, makeOwner } from "../auth/testing/people.ts";
import { prepareCatwalk, setVariables } from "../auth/testing/setting.ts";
import type { SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { resolveRuntimeName } from "./chosen-runtime.ts";
import { checkFly, flySchema, loadFlyOverview, loadFlySettings, removeFly, saveFly } from "./fly.ts";

let fly: FlySimulator;
let close: () => Promise<void>;
let owner: SessionUser;
let member: SessionUser;
before(async () => {
  close = await prepareCatwalk();
  fly = await startFlySimulator({ timeScale: 0.01, autostopEveryMs: "never", org: "acme" });
  owner = await makeOwner();
  member = await makeMember("member@example.com");
});
after(async () => {
  await close();
  await fly.stop();
});

const none = {
  RUNTIME: undefined,
  FLY_API_TOKEN: undefined,
  FLY_ORG: undefined,
  FLY_REGION: undefined,
  FLY_APP_NAME: undefined,
  FLY_IMAGE_REF: undefined,
  MCP_HOST_IMAGE: undefined,
};
beforeEach(async () => {
  setVariables({ ...none, FLY_API_HOSTNAME: fly.url, FLY_PUBLIC_URL_TEMPLATE: fly.publicUrlTemplate });
  await db().setting.deleteMany();
  fly.clearFaults();
});

const input = (fields: Partial<Record<"token" | "org" | "region" | "image", string>> = {}) =>
  flySchema.parse({ token: fly.token, org: "acme", region: "fra", image: fly.image, ...fields });

test("new deployments run on this host without a Fly token", async () => {
  assert.equal(await loadFlySettings(), null);
  assert.equal(await resolveRuntimeName(), "local");
  const overview = await loadFlyOverview();
  assert.deepEqual(overview.runtime, { name: "local", origin: "default" });
  assert.equal(overview.token.origin, "none");
  assert.equal(overview.image.value, null);
});

test("saved settings are checked, encrypted, and shown without the token", async () => {
  const check = await saveFly(owner, input());
  assert.deepEqual(
    [check.token, check.org, check.createApps, check.image].map(({ state }) => state),
    ["ok", "ok", "ok", "ok"],
  );
  assert.deepEqual(check.organizations, [{ slug: "acme", name: "acme" }]);
  assert.deepEqual(
    check.regions.map(({ code }) => code),
    ["iad", "fra", "lhr", "syd"],
  );
  // The app that proved it is gone.
  assert.deepEqual(
    fly.apps().filter(({ isDeleting }) => !isDeleting),
    [],
  );
  const secret = fly.token.replace("FlyV1 ", "");
  assert.ok(!JSON.stringify(await db().setting.findMany()).includes(secret));
  assert.ok(!JSON.stringify([await loadFlyOverview(), check]).includes(secret));
  assert.deepEqual(await loadFlySettings(), {
    apiHostname: fly.url,
    token: fly.token,
    org: "acme",
    region: "fra",
    image: fly.image,
    isAppImage: false,
    publicUrlTemplate: fly.publicUrlTemplate,
  });
  assert.equal(await resolveRuntimeName(), "fly");
  // An empty field keeps the token.
  await saveFly(owner, input({ token: "", region: "syd" }));
  assert.equal((await loadFlySettings())?.token, fly.token);
  assert.equal((await loadFlySettings())?.region, "syd");
  await removeFly(owner);
  assert.equal(await loadFlySettings(), null);
});

test("a setting that Fly rejects names its field, and nothing is saved", async () => {
  const app = "somebodys-app";
  await fetch(`${fly.url}/v1/apps`, {
    method: "POST",
    headers: { authorization: fly.makeToken({}), "content-type": "application/json" },
    body: JSON.stringify({ name: app, org_slug: "acme" }),
  });
  const revoked = fly.makeToken({});
  fly.revokeToken(revoked);
  const cases = [
    [input({ token: revoked }), "token", /does not accept/],
    [input({ token: fly.makeToken({ app }) }), "token", /deploy token.*somebodys-app/],
    [input({ org: "another" }), "org", /not valid for the organization another/],
    [input({ image: fly.image.replace(/[0-9a-f]{64}$/, "0".repeat(64)) }), "image", /has no mcp-host/],
  ] as const;
  for (const [fields, field, words] of cases) {
    await assert.rejects(saveFly(owner, fields), (error: { code?: string; fields?: Record<string, string> }) => {
      assert.equal(error.code, "invalid_request");
      assert.deepEqual(Object.keys(error.fields ?? {}), [field]);
      assert.match(error.fields?.[field] ?? "", words);
      assert.doesNotMatch(JSON.stringify(error), /fm2_/);
      return true;
    });
    assert.equal(await db().setting.count({ where: { key: { startsWith: "fly_" } } }), 0);
  }
  await fly.destroyApp(app);
});

test("a token that cannot create apps is rejected before it is saved", async () => {
  fly.inject({ match: { method: "POST", path: "/apps" }, answer: 403 });
  await assert.rejects(saveFly(owner, input()), {
    code: "invalid_request",
    fields: { token: "The token may not create apps." },
  });
});

test("an outage of Fly is not reported as a bad token", async () => {
  setVariables({ FLY_API_HOSTNAME: "http://127.0.0.1:1" });
  const check = await checkFly({ token: fly.token, org: "acme" });
  assert.match(check.token.message, /cannot be asked/);
  assert.equal(check.org.state, "unknown");
});

test("a check without a probe creates nothing at Fly", async () => {
  const before = fly.requests.length;
  const check = await checkFly({ token: fly.token, org: "acme", image: fly.imageTag });
  assert.equal(check.createApps.state, "unknown");
  assert.equal(check.image.state, "ok");
  assert.ok(fly.requests.slice(before).every(({ method }) => method === "GET"));
  assert.equal((await checkFly()).token.state, "not_set");
});

test("the environment takes precedence, and the pages cannot change it", async () => {
  await saveFly(owner, input());
  setVariables({
    FLY_API_TOKEN: fly.makeToken({}),
    FLY_ORG: "acme",
    FLY_REGION: "lhr",
    MCP_HOST_IMAGE: fly.imageTag,
  });
  const settings = await loadFlySettings();
  assert.deepEqual([settings?.region, settings?.image], ["lhr", fly.imageTag]);
  const { token, org, region, image, runtime } = await loadFlyOverview();
  for (const { origin } of [token, org, region, image, runtime]) assert.equal(origin, "environment");
  await saveFly(owner, input({ token: "", region: "syd" }));
  assert.equal((await loadFlySettings())?.region, "lhr");
  setVariables({ RUNTIME: "local" });
  assert.equal(await resolveRuntimeName(), "local");
});

test("machines run Catwalk's own image on Fly unless an owner chooses another", async () => {
  const { RUNTIME: _runtime, ...appEnv } = fly.appEnv;
  setVariables({ ...appEnv, FLY_API_TOKEN: fly.token });
  const own = appEnv.FLY_IMAGE_REF ?? "";
  const chosen = async () => {
    const settings = await loadFlySettings();
    return [settings?.image, settings?.isAppImage];
  };
  assert.deepEqual(await chosen(), [own, true]);
  assert.deepEqual((await loadFlyOverview()).image, { origin: "default", value: own });
  const check = await saveFly(owner, input({ token: "", image: "" }));
  assert.equal(check.image.state, "ok");
  assert.deepEqual(await chosen(), [own, true]);

  // The registry keeps an organization's images for itself. The token is saved, so that the owner can choose an image.
  setVariables({ FLY_IMAGE_REF: own.replace(/:[^:]*$/, ":gone") });
  assert.equal((await saveFly(owner, input({ token: "", image: "" }))).image.state, "failed");

  await saveFly(owner, input({ token: "", image: fly.imageTag }));
  assert.deepEqual(await chosen(), [fly.imageTag, false]);
  await saveFly(owner, input({ token: "", image: "" }));
  setVariables({ MCP_HOST_IMAGE: fly.image });
  assert.deepEqual(await chosen(), [fly.image, false]);
});

test("machines go to the region of the app itself unless an owner chooses another", async () => {
  setVariables({ FLY_API_TOKEN: fly.token, FLY_APP_NAME: "my-catwalk", FLY_REGION: "syd" });
  assert.equal((await loadFlySettings())?.region, "syd");
  assert.deepEqual((await loadFlyOverview()).region, { origin: "default", value: "syd" });
  await saveFly(owner, input({ token: "", region: "lhr" }));
  assert.equal((await loadFlySettings())?.region, "lhr");
});

test("the form names the field that is wrong", () => {
  const wrong = (fields: Record<string, string>) =>
    flySchema
      .safeParse({ token: "", org: "acme", region: "fra", image: "", ...fields })
      .error?.issues.map((issue) => issue.path.join("."));
  assert.equal(wrong({}), undefined);
  assert.equal(wrong({ token: "FlyV1 fm2_a,\nfm2_b" }), undefined);
  assert.deepEqual(wrong({ token: "my password" }), ["token"]);
  assert.deepEqual(wrong({ org: "My Org" }), ["org"]);
  assert.deepEqual(wrong({ region: "Frankfurt" }), ["region"]);
  assert.deepEqual(wrong({ image: "mcp-host" }), ["image"]);
});

test("members cannot change the settings", async () => {
  await assert.rejects(saveFly(member, input()), { code: "forbidden" });
  await assert.rejects(removeFly(member), { code: "forbidden" });
});
