import { userRoute } from "@/lib/auth/route";
import { restartDeployment } from "@/lib/deployments/service";

export const POST = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await restartDeployment(user.id, params.id), { status: 202 }),
);
