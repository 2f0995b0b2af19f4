import { startDeployment } from "@/lib/deployments/service";
import { userRoute } from "@/lib/http/user-route";

export const POST = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await startDeployment(user.id, params.id), { status: 202 }),
);
