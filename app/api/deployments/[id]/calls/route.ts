import { listCalls } from "@/lib/deployments/service";
import { userRoute } from "@/lib/http/user-route";

/** The last calls, the newest first; `?limit=` says how many, 100 without it. */
export const GET = userRoute<{ id: string }>(async (request, { user, params }) => {
  const limit = Number(new URL(request.url).searchParams.get("limit")) || 100;
  const calls = await listCalls(user.id, params.id, limit);
  return Response.json({ calls }, { headers: { "cache-control": "no-store" } });
});
