import { repairDeployment } from "@/lib/deployments/service";
import { userRoute } from "@/lib/http/user-route";

/** Makes its machine anew, or puts it right: 202. */
export const POST = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await repairDeployment(user.id, params.id), { status: 202 }),
);
