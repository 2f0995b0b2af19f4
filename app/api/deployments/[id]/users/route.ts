import { z } from "zod";
import { emailSchema } from "@/lib/auth/accounts";
import { MAX_BODY_BYTES } from "@/lib/deployments/api";
import { readJsonBody } from "@/lib/http/json-body";
import { userRoute } from "@/lib/http/user-route";
import { addDeploymentUser, setOnlyListedUsers, viewDeploymentUsers } from "@/lib/oauth/deployment-users";

const bodySchema = z.strictObject({ email: emailSchema });
const changeSchema = z.strictObject({ only_listed: z.boolean() });

/** The people who may use the deployment beside its owner. */
export const GET = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(await viewDeploymentUsers(user.id, params.id), { headers: { "cache-control": "no-store" } }),
);

/** 201; with the link of an invitation, this once, for a person without an account. */
export const POST = userRoute<{ id: string }>(async (request, { user, params }) => {
  const { email } = await readJsonBody(request, bodySchema, { maxBytes: MAX_BODY_BYTES });
  const { invitationUrl } = await addDeploymentUser(user, params.id, email);
  return Response.json({ invitation_url: invitationUrl }, { status: 201, headers: { "cache-control": "no-store" } });
});

/** Closes the deployment to people who may use every deployment, or opens it to them. */
export const PATCH = userRoute<{ id: string }>(async (request, { user, params }) => {
  const { only_listed } = await readJsonBody(request, changeSchema, { maxBytes: MAX_BODY_BYTES });
  await setOnlyListedUsers(user.id, params.id, only_listed);
  return new Response(null, { status: 204 });
});
