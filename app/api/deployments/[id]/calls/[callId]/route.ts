import { getCallPayload } from "@/lib/deployments/service";
import { userRoute } from "@/lib/http/user-route";

/** Returns what a client sent and got in a call, where that is recorded. */
export const GET = userRoute<{ id: string; callId: string }>(async (_request, { user, params }) => {
  const payload = await getCallPayload(user.id, params.id, params.callId);
  return Response.json(payload, { headers: { "cache-control": "no-store" } });
});
