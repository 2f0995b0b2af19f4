import { deleteAccessKey } from "@/lib/deployments/service";
import { userRoute } from "@/lib/http/user-route";

export const DELETE = userRoute<{ id: string; keyId: string }>(async (_request, { user, params }) => {
  await deleteAccessKey(user.id, params.id, params.keyId);
  return new Response(null, { status: 204 });
});
