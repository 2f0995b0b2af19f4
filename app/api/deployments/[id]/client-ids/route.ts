import { z } from "zod";
import { MAX_BODY_BYTES } from "@/lib/deployments/api";
import { readJsonBody } from "@/lib/http/json-body";
import { userRoute } from "@/lib/http/user-route";
import { createManualClient, listManualClients } from "@/lib/oauth/manual-clients";

const bodySchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  redirect_uris: z.array(z.string().max(2_000)).min(1).max(10),
});

/** The client ids that were made by hand, without their secrets. */
export const GET = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(
    { client_ids: await listManualClients(user.id, params.id) },
    { headers: { "cache-control": "no-store" } },
  ),
);

/** 201 with the client id and its secret, this once. */
export const POST = userRoute<{ id: string }>(async (request, { user, params }) => {
  const { name, redirect_uris: redirectUris } = await readJsonBody(request, bodySchema, { maxBytes: MAX_BODY_BYTES });
  const { clientId, clientSecret } = await createManualClient(user.id, params.id, { name, redirectUris });
  return Response.json(
    { client_id: clientId, client_secret: clientSecret },
    { status: 201, headers: { "cache-control": "no-store" } },
  );
});
