import { userRoute } from "@/lib/auth/route";
import { stopDeployment } from "@/lib/deployments/service";

export const POST = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await stopDeployment(user.id, params.id), { status: 202 }),
);
