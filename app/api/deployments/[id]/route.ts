import { readBody, renameBodySchema } from "@/lib/deployments/api";
import { deleteDeployment, getDeployment, renameDeployment } from "@/lib/deployments/service";
import { userRoute } from "@/lib/http/user-route";

export const GET = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await getDeployment(user.id, params.id), { headers: { "cache-control": "no-store" } }),
);

/** Gives it another name. */
export const PATCH = userRoute<{ id: string }>(async (request, { user, params }) => {
  const { name } = await readBody(request, renameBodySchema);
  return Response.json(await renameDeployment(user.id, params.id, name));
});

/** 202 with what goes; when it is gone this id answers 404. */
export const DELETE = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await deleteDeployment(user.id, params.id), { status: 202 }),
);
