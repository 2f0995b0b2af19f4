import { requireOwner, type SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { env } from "../env/env.ts";
import { formatRegion } from "../runtime/fly/regions.ts";
import { resolveRuntimeName } from "./chosen-runtime.ts";
import { type FlyOverview, loadFlyOverview } from "./fly.ts";

/** Where servers run, and with which settings; never the token. */
export interface MachinesView {
  fly: FlyOverview;
  /** How many deployments are where. */
  deployments: { local: number; fly: number };
  /** How many of those at Fly are in which organization, by its slug. */
  organizations: Record<string, number>;
  /** False where no process outlives a request, and nothing can run beside Catwalk. */
  canRunHere: boolean;
}

/** @throws AppError `forbidden` */
export async function viewMachines(user: SessionUser): Promise<MachinesView> {
  requireOwner(user);
  const [fly, local, atFly, organizations] = await Promise.all([
    loadFlyOverview(),
    db().deployment.count({ where: { runtime: "local" } }),
    db().deployment.count({ where: { runtime: "fly" } }),
    countByOrganization(),
  ]);
  return { fly, deployments: { local, fly: atFly }, organizations, canRunHere: !env().onVercel };
}

/** Each deployment's machine knows where it was made; one without a machine yet goes where the settings say. */
async function countByOrganization(): Promise<Record<string, number>> {
  const rows = await db().$queryRaw<{ org: string; count: number }[]>`
    select machine->>'org' as org, count(*)::int as count from deployments
    where runtime = 'fly' and machine->>'org' <> '' group by 1 order by 1`;
  return Object.fromEntries(rows.map(({ org, count }) => [org, count]));
}

/** Where machines go for which no region is chosen, by name: "Virginia (iad)". */
export async function loadDefaultRegionLabel(): Promise<string> {
  return formatRegion((await loadFlyOverview()).region.value);
}

/** The same while new servers run on Fly; null while they run where there is no choice. */
export async function loadOfferedRegionLabel(): Promise<string | null> {
  return (await resolveRuntimeName()) === "fly" ? loadDefaultRegionLabel() : null;
}
