import { repairDeployment } from "@/lib/deployments/service";
import { userRoute } from "@/lib/http/user-route";

/** Recreates the machine or reverts changes that were made outside of Catwalk: 202. */
export const POST = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await repairDeployment(user.id, params.id), { status: 202 }),
);
