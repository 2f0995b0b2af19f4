import { createHash, randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "../../../mcp-host/src/install/ownership.ts";
import type { Analysis, Input, Server } from "../../analysis/spec.ts";
import { db } from "../../db/client.ts";
import { createTestDatabase } from "../../db/testing/database.ts";
import { locateFolders } from "../../runtime/local/folders.ts";
import { findLeftovers } from "../../runtime/local/leftovers.ts";
import { getDeployment } from "../queries/deployment-view.ts";
import type { DeploymentView } from "../view.ts";

/** The settings that the deployments need, for this process or one that it starts. */
export interface TestSettings {
  env: Record<string, string>;
  /** Removes the database and the data folder. */
  remove(): Promise<void>;
}

/** A database, a data folder and keys of their own. */
export async function createTestSettings(): Promise<TestSettings> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "catwalk-deployments-"));
  return {
    env: {
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: randomBytes(32).toString("base64"),
      NEXTAUTH_SECRET: randomBytes(32).toString("base64"),
      NEXTAUTH_URL: "http://127.0.0.1:3999",
      CATWALK_DATA_DIR: dataDir,
      RUNTIME: "local",
    },
    remove: async () => {
      await database.drop();
      await removeTree(dataDir);
    },
  };
}

/** An account to own things. */
export async function createTestUser(): Promise<string> {
  const name = randomBytes(6).toString("hex");
  const user = await db().user.create({ data: { email: `${name}@example.com`, name } });
  return user.id;
}

/** Stores the result of an analysis as if it had been made, and gives its id. */
export async function createTestAnalysis(
  ownerId: string,
  server: Partial<Server>,
  inputs: Input[] = [],
  rest: Partial<Analysis> = {},
): Promise<string> {
  const row = await db().analysis.create({
    data: { ownerId, source: "npm:test", cacheKey: randomBytes(8).toString("hex"), result: {} },
  });
  const analysis: Analysis = {
    id: row.id,
    source: {
      kind: "npm",
      canonical: "npm:test",
      owner: null,
      repository: null,
      ref: null,
      subfolder: null,
      revision: null,
      stars: null,
      license: null,
      avatarUrl: null,
    },
    kind: "stdio",
    server: { name: "test", description: "", runtime: "npm", package: null, version: null, args: [], ...server },
    inputs,
    alternatives: [],
    remoteUrl: null,
    warnings: [],
    model: null,
    ...rest,
  };
  await db().analysis.update({ where: { id: row.id }, data: { result: analysis } });
  return row.id;
}

/** Waits until a condition gives something, looking often; an end to waiting that a slow machine does not reach. */
export async function waitFor<T>(what: string, condition: () => Promise<T | null | undefined | false>): Promise<T> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until a deployment has one of these states. */
export function waitForStatus(
  userId: string,
  id: string,
  ...wanted: DeploymentView["status"][]
): Promise<DeploymentView> {
  return waitFor(`the deployment is ${wanted.join(" or ")}`, async () => {
    const view = await getDeployment(userId, id);
    return wanted.includes(view.status) && view;
  });
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The processes that run from a deployment's folder. */
export function listProcesses(dataDir: string, deploymentId: string): Promise<number[]> {
  return findLeftovers(locateFolders(dataDir, deploymentId));
}
