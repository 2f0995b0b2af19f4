import { recordChange } from "../admin-log/record.ts";
import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import { FlyClient } from "../runtime/fly/api/client.ts";
import { FlyApi } from "../runtime/fly/api/fly-api.ts";
import { deleteApp } from "../runtime/fly/apps/app.ts";
import { translateFlyErrors } from "../runtime/fly/apps/failures.ts";
import { loadInstallationId } from "../runtime/fly/apps/installation.ts";
import { parseDeploymentId } from "../runtime/fly/apps/naming.ts";
import { systemClock } from "../runtime/fly/clock.ts";
import { loadFlySettings } from "./fly-settings.ts";

/** An app of this installation at Fly. */
export interface FlyAppView {
  app: string;
  deploymentId: string;
  /** Null when the deployment is gone. */
  deploymentName: string | null;
  /** No deployment uses the app, so that it can be removed. */
  isOrphaned: boolean;
  /** Fly's word for its state, such as "deployed" or "suspended". */
  status: string;
  /** When its deployment was created, ISO 8601; null when its id does not tell. */
  createdAt: string | null;
}

/**
 * Lists the apps that this installation created, orphaned ones first. Leaves out those of another Catwalk in the same organization.
 *
 * @throws AppError `fly_not_configured`, `fly_token_refused`, `fly_rate_limited`, `machine_unavailable`
 */
export async function listApps(): Promise<FlyAppView[]> {
  const { api, org, installation } = await connect();
  const apps = await translateFlyErrors("list the apps", () => api.apps(org));
  const ours = apps.flatMap(({ name, status }) => {
    const deploymentId = parseDeploymentId(installation, name);
    return deploymentId === null ? [] : [{ app: name, deploymentId, status }];
  });
  const rows = await db().deployment.findMany({
    where: { id: { in: ours.map(({ deploymentId }) => deploymentId) } },
    select: { id: true, name: true, machine: true, secondaryMachine: true },
  });
  const deployments = new Map(rows.map((row) => [row.id, row]));
  return ours
    .map(({ app, deploymentId, status }) => {
      const deployment = deployments.get(deploymentId);
      return {
        app,
        deploymentId,
        deploymentName: deployment?.name ?? null,
        isOrphaned: !deployment || !usesApp(deployment, app),
        status,
        createdAt: readUuidTime(deploymentId),
      };
    })
    .sort((a, b) => Number(b.isOrphaned) - Number(a.isOrphaned) || (a.app < b.app ? -1 : 1));
}

/**
 * Deletes an app that no deployment uses. Resolves when it is gone; an app that is gone already is not an error.
 *
 * @throws AppError `not_found` for an app of another installation; `conflict` when a deployment uses it; as `listApps`
 */
export async function removeOrphan(app: string): Promise<void> {
  const { api, installation } = await connect();
  const deploymentId = parseDeploymentId(installation, app);
  if (deploymentId === null) {
    throw new AppError("not_found", "This app does not belong to this Catwalk.", { hint: "Reload the list." });
  }
  const select = { machine: true, secondaryMachine: true } as const;
  const deployment = await db().deployment.findUnique({ where: { id: deploymentId }, select });
  if (deployment && usesApp(deployment, app)) {
    throw new AppError("conflict", "A deployment uses this app.", { hint: "Delete the deployment instead." });
  }
  await translateFlyErrors("delete the app", () => deleteApp(api, app, systemClock));
  const summary = `Deleted the app ${app} at Fly, which no deployment used.`;
  await recordChange(db(), { action: "settings.app-deleted", userId: null, summary });
}

/** Tells whether a deployment refers to this app. A deployment without a reference yet is about to create its first app. */
function usesApp({ machine, secondaryMachine }: { machine: unknown; secondaryMachine: unknown }, app: string): boolean {
  const appOf = (ref: unknown) => (typeof ref === "object" && ref !== null && "app" in ref ? ref.app : undefined);
  return machine === null || [appOf(machine), appOf(secondaryMachine)].includes(app);
}

/** Lists the regions in which machines can be created. Asks Fly once. Throws as `listApps`. */
export async function listRegions(): Promise<{ code: string; name: string }[]> {
  const { api } = await connect({ maxAttempts: 1 });
  return await translateFlyErrors("list its regions", () => api.regions());
}

async function connect({ maxAttempts }: { maxAttempts?: number } = {}) {
  const settings = await loadFlySettings();
  if (settings === null) {
    throw new AppError("fly_not_configured", "No Fly token is set.", { hint: "Set one under Settings → Machines." });
  }
  const api = new FlyApi(new FlyClient({ apiHostname: settings.apiHostname, maxAttempts }), settings.token);
  return { api, org: settings.org, installation: await loadInstallationId() };
}

/** Reads the time in a deployment's id, a UUID of version 7 (RFC 9562, section 5.7). */
function readUuidTime(uuid: string): string | null {
  if (uuid[14] !== "7") return null;
  return new Date(Number.parseInt(uuid.replace("-", "").slice(0, 12), 16)).toISOString();
}
