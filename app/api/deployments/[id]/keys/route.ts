import { keyBodySchema, MAX_BODY_BYTES } from "@/lib/deployments/api";
import { createAccessKey, listAccessKeys } from "@/lib/deployments/service";
import { readJsonBody } from "@/lib/http/json-body";
import { userRoute } from "@/lib/http/user-route";

/** Lists the access keys without their values. */
export const GET = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json({ keys: await listAccessKeys(user.id, params.id) }, { headers: { "cache-control": "no-store" } }),
);

/** Creates an access key: 201 with its value, which cannot be read again. */
export const POST = userRoute<{ id: string }>(async (request, { user, params }) => {
  const { name } = await readJsonBody(request, keyBodySchema, { maxBytes: MAX_BODY_BYTES });
  const key = await createAccessKey(user.id, params.id, name);
  return Response.json(key, { status: 201, headers: { "cache-control": "no-store" } });
});
