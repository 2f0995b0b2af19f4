import assert from "node:assert/strict";
import type { Input } from "../../analysis/spec.ts";
import { createDeployment } from "../service.ts";
import type { DeploymentView } from "../view.ts";
import { FIXTURE_PACKAGE } from "./registry.ts";
import { createTestAnalysis, waitForStatus } from "./settings.ts";

/** Deploys the fixture server in one of its ways to behave. */
export async function deployFixture(
  userId: string,
  mode: string,
  options: { inputs?: Input[]; values?: Record<string, string> } = {},
): Promise<DeploymentView> {
  const server = { name: `fixture ${mode}`, package: FIXTURE_PACKAGE, version: "1.0.0", args: [mode] };
  const analysisId = await createTestAnalysis(userId, server, options.inputs);
  return createDeployment(userId, { analysisId, inputs: options.values ?? {} });
}

/** Deploys the fixture server and waits until it is live. Returns the deployment's id; fails with its error. */
export async function deployLiveFixture(
  userId: string,
  mode = "works",
  options: Parameters<typeof deployFixture>[2] = {},
): Promise<string> {
  const { id } = await deployFixture(userId, mode, options);
  const view = await waitForStatus(userId, id, "live", "failing");
  assert.equal(view.status, "live", JSON.stringify(view.error));
  return id;
}
