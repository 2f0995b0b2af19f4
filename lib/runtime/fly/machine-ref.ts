import { AppError } from "../../errors/app-error.ts";
import type { MachineRef } from "../runtime.ts";
import type { FlySettings } from "./types.ts";

/** What the database keeps of a machine at Fly. */
export interface FlyMachineRef {
  deploymentId: string;
  app: string;
  machineId: string;
  /** By digest. */
  image: string;
  /** True if the image is a Catwalk's own. Absent for one of mcp-host alone. */
  isAppImage?: boolean;
  org: string;
}

export function isRef(machine: MachineRef): machine is MachineRef & FlyMachineRef {
  const { deploymentId, app, machineId, image, org } = machine;
  return [deploymentId, app, machineId, image, org].every((part) => typeof part === "string" && part !== "");
}

/** @throws AppError `machine_unavailable` when the record lacks a part */
export function readRef(machine: MachineRef): FlyMachineRef {
  if (isRef(machine)) return machine;
  throw new AppError("machine_unavailable", "The record of this machine is damaged.", {
    hint: "Select Repair to recreate the machine.",
  });
}

/** Returns the app and organization of a machine, made or reserved; null where the record does not name them. */
export function readPlace(machine: MachineRef | null): Pick<FlyMachineRef, "app" | "org"> | null {
  const { app, org } = machine ?? {};
  return typeof app === "string" && app !== "" && typeof org === "string" && org !== "" ? { app, org } : null;
}

/** @throws AppError `fly_token_refused` when the machine is in another organization than the one that is set */
export function requireOrg({ app, org }: Pick<FlyMachineRef, "app" | "org">, settings: FlySettings): void {
  // "personal" is a second name of a user's own organization.
  if (org === settings.org || [org, settings.org].includes("personal")) return;
  throw new AppError(
    "fly_token_refused",
    `This machine is in the Fly organization ${org}, but Catwalk is set to ${settings.org}.`,
    {
      hint: `Set the organization ${org} and its token under Settings → Machines, or delete the app ${app} there by hand.`,
    },
  );
}
