import { changeBodySchema, MAX_BODY_BYTES } from "@/lib/deployments/api";
import { deleteDeployment, getDeployment, renameDeployment, updateStartTimeout } from "@/lib/deployments/service";
import { readJsonBody } from "@/lib/http/json-body";
import { userRoute } from "@/lib/http/user-route";

export const GET = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await getDeployment(user.id, params.id), { headers: { "cache-control": "no-store" } }),
);

/** Renames the deployment, and sets how long its server may take to its first answer. */
export const PATCH = userRoute<{ id: string }>(async (request, { user, params }) => {
  const body = await readJsonBody(request, changeBodySchema, { maxBytes: MAX_BODY_BYTES });
  if (body.start_timeout_s !== undefined) await updateStartTimeout(user.id, params.id, body.start_timeout_s);
  if (body.name !== undefined) await renameDeployment(user.id, params.id, body.name);
  return Response.json(await getDeployment(user.id, params.id));
});

/** Deletes the deployment: 202. Its id answers 404 once everything is deleted. */
export const DELETE = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await deleteDeployment(user.id, params.id), { status: 202 }),
);
