import { userRoute } from "@/lib/auth/route";
import { startDeployment } from "@/lib/deployments/service";

export const POST = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await startDeployment(user.id, params.id), { status: 202 }),
);
