import type { Prisma } from "../../db/generated/client.ts";
import type { ErrorBody } from "../../errors/app-error.ts";

/** What a probe of a machine says about its deployment. */
export interface ProbeResult {
  status: "live" | "sleeping" | "failing";
  error: ErrorBody | null;
}

/** The columns of a deployment that a probe needs. */
export type MonitoredRow = Prisma.DeploymentGetPayload<{
  include: { credentials: true };
  omit: { tools: true; lists: true; handshake: true };
}>;
