import { makeOwner } from "../../auth/testing/people.ts";
import { db } from "../../db/client.ts";

/** A deployment without a machine, for tests of who may do what with it. */
export async function makeDeployment(ownerId: string, name = "weather"): Promise<string> {
  const data = { ownerId, name, source: `npm:${name}`, spec: {}, runtime: "local", tools: [{ name: "forecast" }] };
  return (await db().deployment.create({ data })).id;
}

/** An owner with one deployment. */
export async function makeOwnerWithDeployment(): Promise<{ userId: string; deploymentId: string }> {
  const userId = (await makeOwner()).id;
  return { userId, deploymentId: await makeDeployment(userId) };
}
