import { userRoute } from "@/lib/http/user-route";
import { disconnectClient } from "@/lib/oauth/connected-clients";

export const DELETE = userRoute<{ id: string; clientId: string }>(async (_request, { user, params }) => {
  await disconnectClient(user.id, params.id, params.clientId);
  return new Response(null, { status: 204 });
});
