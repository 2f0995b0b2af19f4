import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { importJWK, SignJWT } from "jose";
import { createApiToken } from "../auth/api-tokens.ts";
import { sealSession } from "../auth/session-cookie.ts";
import { makeMember } from "../auth/testing/people.ts";
import { encrypt } from "../crypto/cipher.ts";
import { HOST_TOKEN_FIELD } from "../crypto/fields.ts";
import { createSecretToken, hashSecretToken } from "../crypto/secret-token.ts";
import { db } from "../db/client.ts";
import { formatConnectorUrl } from "../deployments/connector-url.ts";
import { onDeploymentChange } from "../deployments/events.ts";
import { loadSnapshots } from "../deployments/load-snapshot.ts";
import { createAccessKey } from "../deployments/service.ts";
import { verifyAccessToken } from "../oauth/access-token.ts";
import { disconnectClient } from "../oauth/connected-clients.ts";
import { issuer, SCOPE } from "../oauth/issuer.ts";
import { resourceMetadataUrl } from "../oauth/metadata.ts";
import { signingKeys } from "../oauth/signing-keys.ts";
import { TestBrowser } from "../oauth/testing/browser.ts";
import { connect, register } from "../oauth/testing/client.ts";
import { makeDeployment, makeOwnerWithDeployment } from "../oauth/testing/fixtures.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "../oauth/testing/server.ts";
import { startGateway, type TestGateway, TestSource } from "./testing/gateway.ts";
import { type FakeMachine, startFakeMachine } from "./testing/machine.ts";

// Two people, two deployments, people who may use one of them, every kind of credential: only the right one of each passes, also among
// thousands of calls at once.

const CALLS = 10_000;
const CALLERS = 40;
const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });

/** What the app knows, where the machines are one that the test looks into. */
class StoredDeployments extends TestSource {
  readonly #machineUrl: string;

  constructor(machineUrl: string) {
    super();
    this.#machineUrl = machineUrl;
  }

  override load(ids: readonly string[]) {
    return loadSnapshots(ids);
  }

  override async locate() {
    return { url: this.#machineUrl };
  }

  override onChange(listener: (id: string) => void) {
    const stop = onDeploymentChange(listener);
    return () => void stop();
  }
}

interface Presented {
  name: string;
  headers: Record<string, string>;
  /** Whom it opens: the deployment, and what the machine is told of who calls. */
  opens: { deploymentId: string; caller: string } | null;
}

let server: TestAuthorizationServer;
let machine: FakeMachine;
let gateway: TestGateway;
let deployments: { id: string; ownerId: string }[];
let presented: Presented[];
let disconnected: Presented;

before(async () => {
  server = await startAuthorizationServer();
  machine = await startFakeMachine();
  const tokens = {
    verify: verifyAccessToken,
    audienceOf: formatConnectorUrl,
    metadataUrlOf: resourceMetadataUrl,
    scope: SCOPE,
  };
  gateway = await startGateway({
    source: new StoredDeployments(machine.url),
    gateway: { tokens, maxInFlight: 10_000 },
  });
  const { userId, deploymentId } = await makeOwnerWithDeployment();
  const other = (await makeMember("other@example.com")).id;
  deployments = [
    { id: deploymentId, ownerId: userId },
    { id: await makeDeployment(other, "other"), ownerId: other },
  ];
  presented = (await Promise.all(deployments.map(present))).flat();
  presented.push(...(await presentUsers(deploymentId)));
});

after(async () => {
  await gateway.close();
  await machine.close();
  await server.close();
});

async function present({ id, ownerId }: { id: string; ownerId: string }, index: number): Promise<Presented[]> {
  await db().deployment.update({
    where: { id },
    data: {
      status: "live",
      machine: { deploymentId: id },
      hostTokenCiphertext: encrypt("host", { scope: id, field: HOST_TOKEN_FIELD }),
    },
  });
  const key = createSecretToken("cwk_");
  const { id: keyId } = await db().accessKey.create({
    data: { deploymentId: id, userId: ownerId, name: "key", keyHash: hashSecretToken(key), prefix: key.slice(0, 8) },
  });
  const browser = new TestBrowser(server.url);
  await browser.signIn(ownerId);
  const client = await register(server.url, { client_name: `Client ${index}` });
  const { access_token: token } = await connect(server.url, browser, client, id);
  const grantId = (await verifyAccessToken(token))?.grantId ?? "";
  const { access_token: endedToken } = await connect(server.url, browser, client, id);
  await disconnectClient(ownerId, id, (await verifyAccessToken(endedToken))?.grantId ?? "");
  const later = await connect(server.url, browser, client, id);
  disconnected = {
    name: `disconnected later ${index}`,
    headers: { authorization: `Bearer ${later.access_token}` },
    opens: { deploymentId: id, caller: (await verifyAccessToken(later.access_token))?.grantId ?? "" },
  };
  const [header = "", payload = "", signature = ""] = token.split(".");
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url");
  const [jwk] = (await signingKeys()).privateJwks;
  assert(jwk);
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
  const sign = async (change: Record<string, unknown>) =>
    new SignJWT({ ...claims, ...change })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: jwk.kid ?? "" })
      .sign(await importJWK(jwk, "ES256"));
  const session = await sealSession({ sub: ownerId, signedInAtMs: Date.now() });
  const bearers: [string, string, Presented["opens"]][] = [
    ["access key", key, { deploymentId: id, caller: keyId }],
    ["access token", token, { deploymentId: id, caller: grantId }],
    ["API token", (await createApiToken(ownerId, "test")).token, null],
    ["token of an ended grant", endedToken, null],
    ["tampered token", `${header}.${payload}.${randomBytes(64).toString("base64url")}`, null],
    ["alg none", `${none}.${payload}.`, null],
    ["alg none with a signature", `${none}.${payload}.${signature}`, null],
    ["expired token", await sign({ exp: 1 }), null],
    ["token for the issuer", await sign({ aud: issuer() }), null],
    ["token of another person's grant", await sign({ sub: "somebody" }), null],
    ["token of a grant that never was", await sign({ gid: "00000000-0000-7000-8000-000000000000" }), null],
    ["refresh token", later.refresh_token, null],
  ];
  return [
    ...bearers.map(([name, bearer, opens]) => ({
      name: `${name} ${index}`,
      headers: { authorization: `Bearer ${bearer}` },
      opens,
    })),
    { name: `session ${index}`, headers: { cookie: `next-auth.session-token=${session}` }, opens: null },
    { name: `nothing ${index}`, headers: {}, opens: null },
  ];
}

/** What people have who use another's deployment, or did: the owner lets them, or they may use every deployment. */
async function presentUsers(deploymentId: string): Promise<Presented[]> {
  const users = await Promise.all(
    ["listed", "off the list", "of all", "no longer of all"].map(async (name) => ({
      name,
      id: (await makeMember(`${name.replaceAll(" ", "-")}@example.com`)).id,
    })),
  );
  const list = async (userId: string) =>
    void (await db().deploymentUser.create({ data: { deploymentId, userId, email: `${userId}@example.com` } }));
  const allow = async (id: string, mayUseEveryDeployment: boolean) =>
    void (await db().user.update({ where: { id }, data: { mayUseEveryDeployment } }));
  const found: Presented[] = [];
  for (const { name, id } of users) {
    await (name.includes("all") ? allow(id, true) : list(id));
    const { id: keyId, key } = await createAccessKey(id, deploymentId, name);
    const browser = new TestBrowser(server.url);
    await browser.signIn(id);
    const { access_token: token } = await connect(server.url, browser, await register(server.url), deploymentId);
    const grantId = (await verifyAccessToken(token))?.grantId ?? "";
    // Only the right is taken back, as by a removal that was interrupted: the key and the grant are still there.
    if (name === "off the list") await db().deploymentUser.deleteMany({ where: { userId: id } });
    if (name === "no longer of all") await allow(id, false);
    const mayUse = name === "listed" || name === "of all";
    for (const [what, bearer, caller] of [
      ["key", key, keyId],
      ["token", token, grantId],
    ] as const) {
      const opens = mayUse ? { deploymentId, caller } : null;
      found.push({ name: `${what} of a person who is ${name}`, headers: { authorization: `Bearer ${bearer}` }, opens });
    }
  }
  return found;
}

/** Makes one call, and holds its answer to what the credential may do. */
async function call({ name, headers, opens }: Presented, deploymentId: string): Promise<void> {
  const mayPass = opens?.deploymentId === deploymentId;
  const marker = randomBytes(8).toString("hex");
  const response = await fetch(gateway.endpoint(deploymentId), {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", accept: "application/json", "mcp-marker": marker },
    body: ping,
  });
  await response.text();
  assert.equal(response.status, mayPass ? 200 : 401, `${name} at ${deploymentId}`);
  const arrived = machine.received.find((received) => received.headers["mcp-marker"] === marker);
  assert.equal(arrived?.headers["mcp-host-client"], mayPass ? opens?.caller : undefined, name);
  if (arrived !== undefined) machine.received.splice(machine.received.indexOf(arrived), 1);
  if (!mayPass) assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer .*resource_metadata="/);
}

test("each credential opens its own deployment and no other", async () => {
  for (const credential of presented) for (const { id } of deployments) await call(credential, id);
});

test(`none of ${CALLS} mixed calls succeeds with a wrong credential`, { timeout: 300_000 }, async () => {
  let left = CALLS;
  const caller = async (seed: number) => {
    for (let step = seed; left > 0; step += 7) {
      left--;
      const credential = presented[step % presented.length] as Presented;
      await call(credential, (deployments[step % 2] as { id: string }).id);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, seed) => caller(seed)));
});

test("the gateway refuses a disconnected client from its next call on", async () => {
  const { deploymentId = "", caller = "" } = disconnected.opens ?? {};
  await call(disconnected, deploymentId);
  const { ownerId } = deployments.find(({ id }) => id === deploymentId) ?? { ownerId: "" };
  await disconnectClient(ownerId, deploymentId, caller);
  await call({ ...disconnected, opens: null }, deploymentId);
});
