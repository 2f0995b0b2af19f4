import { z } from "zod";
import { Prisma } from "../../db/generated/client.ts";
import type { ErrorBody } from "../../errors/app-error.ts";
import type { MachineSize } from "../../runtime/runtime.ts";
import { storableJson } from "../redact.ts";

const sizeSchema = z.object({ memoryMb: z.number(), region: z.string().nullable(), alwaysOn: z.boolean() });

const changeSchema = z.object({
  /**
   * `move`: a secondary machine is created elsewhere and takes over once it has answered. `resize`: the machine itself is changed,
   * which interrupts it, and is changed back if it does not start.
   */
  kind: z.enum(["move", "resize"]),
  from: sizeSchema,
  to: sizeSchema,
  state: z.enum(["running", "failed"]),
  /** ISO 8601. */
  startedAt: z.string(),
  /** Progress of the secondary machine. Before `reserved`, one that exists belongs to an earlier move. */
  secondary: z.enum(["none", "reserved", "created"]).catch("none"),
  /** Why it failed. The machine then has the settings in `from`. */
  error: z.unknown().transform((value) => (value ?? null) as ErrorBody | null),
});

/** A change of a machine's settings that is running or has failed. */
export type MachineChange = z.output<typeof changeSchema>;

/** Parses the column. Returns null when there is no change. */
export function parseMachineChange(column: unknown): MachineChange | null {
  return changeSchema.safeParse(column).data ?? null;
}

/** Parses the column. Returns null unless the change is running. */
export function parseRunningChange(column: unknown): MachineChange | null {
  const change = parseMachineChange(column);
  return change?.state === "running" ? change : null;
}

/** Converts a change to the column's value. */
export function toChangeColumn(change: MachineChange | null): Prisma.InputJsonValue | typeof Prisma.DbNull {
  return change === null ? Prisma.DbNull : (storableJson(change) as unknown as Prisma.InputJsonValue);
}

export function createMachineChange(kind: MachineChange["kind"], from: MachineSize, to: MachineSize): MachineChange {
  const sizeOf = ({ memoryMb, region, alwaysOn }: MachineSize) => ({ memoryMb, region, alwaysOn });
  const startedAt = new Date().toISOString();
  return { kind, from: sizeOf(from), to: sizeOf(to), state: "running", startedAt, secondary: "none", error: null };
}
