import { userRoute } from "@/lib/http/user-route";
import { removeDeploymentUser } from "@/lib/oauth/deployment-users";

export const DELETE = userRoute<{ id: string; entryId: string }>(async (_request, { user, params }) => {
  await removeDeploymentUser(user.id, params.id, params.entryId);
  return new Response(null, { status: 204 });
});
