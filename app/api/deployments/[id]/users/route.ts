import { z } from "zod";
import { emailSchema } from "@/lib/auth/accounts";
import { MAX_BODY_BYTES } from "@/lib/deployments/api";
import { readJsonBody } from "@/lib/http/json-body";
import { userRoute } from "@/lib/http/user-route";
import { addDeploymentUser, listDeploymentUsers } from "@/lib/oauth/deployment-users";

const bodySchema = z.strictObject({ email: emailSchema });

/** The people who may use the deployment beside its owner. */
export const GET = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json({ users: await listDeploymentUsers(user.id, params.id) }, { headers: { "cache-control": "no-store" } }),
);

/** 201; with the link of an invitation, this once, for a person without an account. */
export const POST = userRoute<{ id: string }>(async (request, { user, params }) => {
  const { email } = await readJsonBody(request, bodySchema, { maxBytes: MAX_BODY_BYTES });
  const { invitationUrl } = await addDeploymentUser(user, params.id, email);
  return Response.json({ invitation_url: invitationUrl }, { status: 201, headers: { "cache-control": "no-store" } });
});
