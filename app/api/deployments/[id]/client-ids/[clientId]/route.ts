import { userRoute } from "@/lib/http/user-route";
import { deleteManualClient } from "@/lib/oauth/manual-clients";

export const DELETE = userRoute<{ id: string; clientId: string }>(async (_request, { user, params }) => {
  await deleteManualClient(user.id, params.id, params.clientId);
  return new Response(null, { status: 204 });
});
