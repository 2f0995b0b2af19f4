import type { FlySimulator } from "../../../fly-simulator/src/simulator-types.ts";
import { db } from "../../db/client.ts";
import { getDeployment } from "../service.ts";
import type { MachineChangeView } from "../view.ts";
import { waitFor } from "./settings.ts";

/** A deployment's apps at Fly, with the regions of their machines. */
export function listApps(fly: FlySimulator, id: string): [app: string, ...regions: string[]][] {
  return fly
    .apps()
    .filter(({ name, isDeleting }) => !isDeleting && name.includes(id.replaceAll("-", "")))
    .map(({ name }) => [name, ...fly.machines(name).map(({ region }) => region)]);
}

/** Waits for the end of a change of a machine's settings: "done", or the change that failed. */
export function waitForChange(userId: string, id: string): Promise<MachineChangeView | "done"> {
  return waitFor<MachineChangeView | "done">("the change has ended", async () => {
    const { machine } = await getDeployment(userId, id);
    if (machine?.change?.state === "running") return false;
    return machine?.change ?? "done";
  });
}

/** The time of a machine whose place was taken is over. */
export async function retireSecondary(id: string): Promise<void> {
  await db().$executeRaw`update deployments set spare_until = now() where id = ${id}::uuid and spare_until is not null`;
  await waitFor("the machine before is gone", async () => {
    const row = await db().deployment.findUniqueOrThrow({ where: { id } });
    return row.secondaryMachine === null;
  });
}
