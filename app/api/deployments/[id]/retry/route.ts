import { userRoute } from "@/lib/auth/route";
import { retryDeployment } from "@/lib/deployments/service";

export const POST = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await retryDeployment(user.id, params.id), { status: 202 }),
);
