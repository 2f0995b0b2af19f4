import { userRoute } from "@/lib/auth/route";
import { deleteDeployment, getDeployment } from "@/lib/deployments/service";

export const GET = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await getDeployment(user.id, params.id), { headers: { "cache-control": "no-store" } }),
);

/** 202 with what goes; when it is gone this id answers 404. */
export const DELETE = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await deleteDeployment(user.id, params.id), { status: 202 }),
);
