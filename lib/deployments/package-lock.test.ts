import assert from "node:assert/strict";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decodeLock } from "../../mcp-host/src/install/package-lock.ts";
import { db } from "../db/client.ts";
import { startWorker, stopWorker } from "./reconcile/worker.ts";
import {
  createDeployment,
  deleteDeployment,
  getDeployment,
  resolvePackageAgain,
  restartDeployment,
  setInstallScripts,
} from "./service.ts";
import { deployFixture } from "./testing/fixtures.ts";
import { FIXTURE_PACKAGE, startFixtureRegistry } from "./testing/registry.ts";
import {
  createTestAnalysis,
  createTestSettings,
  createTestUser,
  listProcesses,
  waitFor,
  waitForStatus,
} from "./testing/settings.ts";

const registry = await startFixtureRegistry();
const settings = await createTestSettings();
const dataDir = settings.env.CATWALK_DATA_DIR ?? "";
Object.assign(process.env, settings.env, registry.env);
let userId: string;
before(async () => {
  userId = await createTestUser();
  await startWorker();
});
after(async () => {
  await stopWorker();
  await db().$disconnect();
  await settings.remove();
  await registry.close();
});

const readLock = async (id: string) =>
  (await db().deployment.findUniqueOrThrow({ where: { id }, select: { packageLock: true } })).packageLock;

/** Removes what is installed, as if the deployment came to another machine. */
async function forgetPackages(): Promise<void> {
  await rm(join(dataDir, "packages"), { recursive: true, force: true });
}

/** Returns the environment of a deployment's mcp-host. */
async function readHostEnvironment(id: string): Promise<string[]> {
  const texts = await Promise.all(
    (await listProcesses(dataDir, id)).map((pid) => readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")),
  );
  return (texts.find((text) => text.includes("MCP_PACKAGE=")) ?? "").split("\0");
}

test("a first install's hashes are kept and demanded, until the package is resolved again", async () => {
  const { id } = await deployFixture(userId, "works");
  const live = await waitForStatus(userId, id, "live", "failing");
  assert.equal(live.status, "live", JSON.stringify(live.error));
  const lock = await readLock(id);
  assert.ok(lock);
  assert.equal(decodeLock(lock)?.package, `npm:${FIXTURE_PACKAGE}@1.0.0`);

  await registry.repack();
  await restartDeployment(userId, id);
  assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live", "the installed files still serve");
  await forgetPackages();
  await restartDeployment(userId, id);
  const failed = await waitForStatus(userId, id, "failing", "live");
  assert.equal(failed.error?.code, "hash_mismatch");
  assert.equal(await readLock(id), lock);

  await resolvePackageAgain(userId, id);
  const resolved = await waitForStatus(userId, id, "live", "failing");
  assert.equal(resolved.status, "live", JSON.stringify(resolved.error));
  assert.notEqual(await readLock(id), lock);
  await deleteDeployment(userId, id);
});

test("install scripts are those that the analysis named, or none where they are switched off", async () => {
  const server = {
    name: "fixture",
    package: FIXTURE_PACKAGE,
    version: "1.0.0",
    args: ["works"],
    installScripts: ["a"],
  };
  const analysisId = await createTestAnalysis(userId, server);
  const { id } = await createDeployment(userId, { analysisId, inputs: {} });
  assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");
  assert.ok((await readHostEnvironment(id)).includes('MCP_INSTALL_SCRIPTS=["a"]'));
  assert.equal((await setInstallScripts(userId, id, false)).runInstallScripts, false);
  assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");
  assert.ok((await readHostEnvironment(id)).includes("MCP_INSTALL_SCRIPTS=[]"));
  await deleteDeployment(userId, id);
});

test("a deployment shares what another has installed, and the last to go removes it", async () => {
  await waitFor("earlier deployments are gone", async () => (await db().deployment.count()) === 0);
  const [one, two] = [await deployFixture(userId, "works"), await deployFixture(userId, "works")];
  for (const { id } of [one, two]) assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");
  const folders = async () => (await readdir(join(dataDir, "packages"))).filter((name) => !name.endsWith(".json"));
  assert.equal((await folders()).length, 1);
  for (const { id } of [one, two]) await deleteDeployment(userId, id);
  await waitFor("both are gone", async () => (await db().deployment.count()) === 0);
  assert.deepEqual(await folders(), []);
  await assert.rejects(getDeployment(userId, one.id), { code: "not_found" });
});
