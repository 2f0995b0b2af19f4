import { restartDeployment } from "@/lib/deployments/service";
import { userRoute } from "@/lib/http/user-route";

export const POST = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await restartDeployment(user.id, params.id), { status: 202 }),
);
