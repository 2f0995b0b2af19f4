import { MAX_BODY_BYTES, renameBodySchema } from "@/lib/deployments/api";
import { deleteDeployment, getDeployment, renameDeployment } from "@/lib/deployments/service";
import { readJsonBody } from "@/lib/http/json-body";
import { userRoute } from "@/lib/http/user-route";

export const GET = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await getDeployment(user.id, params.id), { headers: { "cache-control": "no-store" } }),
);

/** Gives it another name. */
export const PATCH = userRoute<{ id: string }>(async (request, { user, params }) => {
  const { name } = await readJsonBody(request, renameBodySchema, { maxBytes: MAX_BODY_BYTES });
  return Response.json(await renameDeployment(user.id, params.id, name));
});

/** 202 with what goes; when it is gone this id answers 404. */
export const DELETE = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await deleteDeployment(user.id, params.id), { status: 202 }),
);
