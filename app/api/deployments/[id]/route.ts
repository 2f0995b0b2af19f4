import { MAX_BODY_BYTES, renameBodySchema } from "@/lib/deployments/api";
import { deleteDeployment, getDeployment, renameDeployment } from "@/lib/deployments/service";
import { readJsonBody } from "@/lib/http/json-body";
import { userRoute } from "@/lib/http/user-route";

export const GET = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await getDeployment(user.id, params.id), { headers: { "cache-control": "no-store" } }),
);

/** Renames the deployment. */
export const PATCH = userRoute<{ id: string }>(async (request, { user, params }) => {
  const { name } = await readJsonBody(request, renameBodySchema, { maxBytes: MAX_BODY_BYTES });
  return Response.json(await renameDeployment(user.id, params.id, name));
});

/** Deletes the deployment: 202. Its id answers 404 once everything is deleted. */
export const DELETE = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await deleteDeployment(user.id, params.id), { status: 202 }),
);
