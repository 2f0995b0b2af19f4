import { requireOwner, type SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { env } from "../env/env.ts";
import { chosenRuntime } from "../runtime/index.ts";
import { type FlyOverview, flyOverview } from "./fly.ts";
import { regionLabel } from "./fly-regions.ts";

/** Where servers run, and with which settings; never the token. */
export interface MachinesView {
  fly: FlyOverview;
  /** How many deployments are where. */
  deployments: { local: number; fly: number };
  /** False where no process outlives a request, and nothing can run beside Catwalk. */
  canRunHere: boolean;
}

/** @throws AppError `forbidden` */
export async function viewMachines(user: SessionUser): Promise<MachinesView> {
  requireOwner(user);
  const [fly, local, atFly] = await Promise.all([
    flyOverview(),
    db().deployment.count({ where: { runtime: "local" } }),
    db().deployment.count({ where: { runtime: "fly" } }),
  ]);
  return { fly, deployments: { local, fly: atFly }, canRunHere: !env().onVercel };
}

/** Where machines go for which no region is chosen, by name: "Virginia (iad)". */
export async function defaultRegionLabel(): Promise<string> {
  return regionLabel((await flyOverview()).region.value);
}

/** The same while new servers run on Fly; null while they run where there is no choice. */
export async function offeredRegionLabel(): Promise<string | null> {
  return (await chosenRuntime()) === "fly" ? defaultRegionLabel() : null;
}
