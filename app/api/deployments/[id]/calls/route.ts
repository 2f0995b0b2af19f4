import { listCalls } from "@/lib/deployments/service";
import { userRoute } from "@/lib/http/user-route";

/** Lists the last calls, newest first. `?limit=` sets their number, 100 by default. */
export const GET = userRoute<{ id: string }>(async (request, { user, params }) => {
  const limit = Number(new URL(request.url).searchParams.get("limit")) || 100;
  const calls = await listCalls(user.id, params.id, limit);
  return Response.json({ calls }, { headers: { "cache-control": "no-store" } });
});
