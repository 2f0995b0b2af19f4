import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { makeOwner } from "../../auth/testing/people.ts";
import { db } from "../../db/client.ts";
import { formatConnectorUrl } from "../../deployments/connector-url.ts";
import { verifyAccessToken } from "../../oauth/access-token.ts";
import { SCOPE } from "../../oauth/issuer.ts";
import { resourceMetadataUrl } from "../../oauth/metadata.ts";
import { TestBrowser } from "../../oauth/testing/browser.ts";
import { connect, register, type TestClient } from "../../oauth/testing/client.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "../../oauth/testing/server.ts";
import { startGateway, type TestGateway } from "../testing/gateway.ts";
import { type Listening, mount } from "../testing/http.ts";
import { deploySleeper } from "../testing/sleeper.ts";

// The official conformance suite, in both eras, through the gateway with an access token of the authorization server, to a machine
// that falls asleep whenever nothing is open: answers for a sleeping machine, and what wakes it, are held to the specification as
// mcp-host itself is.

const suite = dirname(createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/package.json"));
const fixtures = join(import.meta.dirname, "../../../mcp-host/test/conformance");
const runWithinMs = 150_000;
const attempts = 6;

interface Deployed extends Awaited<ReturnType<typeof deploySleeper>> {
  accessToken: string;
}

let authorizationServer: TestAuthorizationServer;
let client: TestClient;
let browser: TestBrowser;
let ownerId: string;
let gateway: TestGateway;
/** The deployments so far, by their ids. */
const deployments = new Map<string, Deployed>();
let server: Listening;
let lullaby: NodeJS.Timeout;
let slept = 0;

before(async () => {
  authorizationServer = await startAuthorizationServer();
  ownerId = (await makeOwner()).id;
  browser = new TestBrowser(authorizationServer.url);
  await browser.signIn(ownerId);
  client = await register(authorizationServer.url);
  const allowedOrigins = new Set<string>();
  const tokens = {
    verify: verifyAccessToken,
    audienceOf: formatConnectorUrl,
    metadataUrlOf: resourceMetadataUrl,
    scope: SCOPE,
  };
  gateway = await startGateway({
    gateway: { recheckAfterMs: 20, earlyStreamAfterMs: 1_000, allowedOrigins, tokens },
    machineActivity: { awakeAfterAnswerMs: 2, probeTtlMs: 0, activeMs: 20 },
    limits: { refreshAfterMs: 0, awaitAfterMs: 0 },
  });
  // The suite has no way to send a token.
  server = await mount((request, id) => {
    const headers = { ...request.headers, authorization: `Bearer ${deployments.get(id)?.accessToken}` };
    return gateway.gateway.handle({ ...request, headers }, id);
  });
  allowedOrigins.add(server.url);
  const { machineActivity } = gateway;
  lullaby = setInterval(async () => {
    for (const { id, sleeper } of deployments.values()) {
      if (!sleeper.awake || machineActivity.isActiveHere(id) || machineActivity.isSurelyAwake(id)) continue;
      if (await sleeper.sleep("suspend")) slept++;
    }
  }, 3);
});

after(async () => {
  clearInterval(lullaby);
  await server.close();
  await gateway.close();
  for (const { sleeper } of deployments.values()) await sleeper.close();
  await authorizationServer.close();
});

/** Deploys the fixture server, and connects a client to it through the authorization server. */
async function deployConnected(): Promise<Deployed> {
  const deployed = await deploySleeper(gateway, [join(fixtures, "fixture-server.ts")]);
  const { id } = deployed;
  await db().deployment.create({ data: { id, ownerId, name: id, source: "npm:fixture", spec: {}, runtime: "fly" } });
  const { access_token: accessToken } = await connect(authorizationServer.url, browser, client, id);
  const claims = await verifyAccessToken(accessToken);
  assert(claims);
  gateway.source.deployments.get(id)?.grants.push({ id: claims.grantId, userId: claims.userId });
  gateway.source.announce(id);
  return { ...deployed, accessToken };
}

interface Check {
  id: string;
  status: string;
  errorMessage?: string;
}

/** Returns what the suite found wrong with a new deployment, by scenario. */
async function faults(args: string[]): Promise<Map<string, string[]>> {
  const folder = await mkdtemp(join(tmpdir(), "gateway-conformance-"));
  const deployed = await deployConnected();
  deployments.set(deployed.id, deployed);
  try {
    const url = `${server.url}/api/mcp/${deployed.id}`;
    const program = join(suite, "dist", "index.js");
    const child = spawn(process.execPath, [program, "server", "--url", url, "-o", folder, ...args], {
      stdio: "ignore",
      timeout: runWithinMs,
    });
    const [, signal] = (await once(child, "exit")) as [number | null, string | null];
    assert.equal(signal, null, "the suite did not end in time");
    const found = new Map<string, string[]>();
    for (const name of await readdir(folder)) {
      const scenario = /^server-(.+?)-\d{4}-\d{2}-\d{2}T/.exec(name)?.[1];
      assert(scenario, name);
      const file = join(folder, name, "checks.json");
      const checks = existsSync(file) ? (JSON.parse(await readFile(file, "utf8")) as Check[]) : null;
      const wrong = checks?.filter(({ status }) => status === "FAILURE" || status === "WARNING");
      const texts = wrong?.map(({ id, status, errorMessage }) => `${id} ${status}: ${errorMessage}`);
      found.set(scenario, texts ?? ["it ended with an exception"]);
    }
    return found;
  } finally {
    deployments.delete(deployed.id);
    await deployed.sleeper.close();
    await rm(folder, { recursive: true, force: true });
  }
}

for (const [revision, scenarios] of [
  ["2025-11-25", 30],
  ["2026-07-28", 37],
] as const) {
  test(`a sleeping machine meets what ${revision} requires`, { timeout: 4 * runWithinMs }, async () => {
    const baseline = join(fixtures, `expected-failures-${revision}.yml`);
    const listed = existsSync(baseline) ? await readFile(baseline, "utf8") : "";
    const expected: string[] = listed.match(/(?<=^ {2}- )[\w-]+/gm) ?? [];
    const found = await faults(["--requirements", revision]);
    assert(found.size >= scenarios, `${found.size} scenarios ran`);
    const wrong = () => [...found].filter(([name, texts]) => texts.length > 0 && !expected.includes(name));
    // A busy machine can miss the suite's own short waits; a defect fails every time.
    for (let attempt = 2; attempt <= attempts; attempt++) {
      for (const [name] of wrong()) {
        for (const [again, texts] of await faults(["--scenario", name, "--spec-version", revision]))
          found.set(again, texts);
      }
    }
    assert.deepEqual(Object.fromEntries(wrong()), {});
  });
}

test("the machine slept through the whole run", () => {
  assert(slept > 20, `it slept ${slept} times`);
});
