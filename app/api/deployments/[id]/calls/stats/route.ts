import { z } from "zod";
import { getCallStats } from "@/lib/deployments/service";
import { parseQuery } from "@/lib/http/query";
import { userRoute } from "@/lib/http/user-route";

const querySchema = z.object({ period: z.enum(["day", "week"]).default("day") });

/** Aggregates the calls of the last day or week. */
export const GET = userRoute<{ id: string }>(async (request, { user, params }) => {
  const { period } = parseQuery(new URL(request.url).searchParams, querySchema);
  const stats = await getCallStats(user.id, params.id, period);
  return Response.json(stats, { headers: { "cache-control": "no-store" } });
});
