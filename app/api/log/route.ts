import { adminLogQuerySchema } from "@/lib/admin-log/api";
import { listAdminLog } from "@/lib/admin-log/list";
import { parseQuery } from "@/lib/http/query";
import { userRoute } from "@/lib/http/user-route";

/** Lists the administrator's log, newest first: `?limit=&cursor=&category=&person=&from=&until=`. */
export const GET = userRoute(async (request, { user }) => {
  const query = parseQuery(new URL(request.url).searchParams, adminLogQuerySchema);
  const { entries, nextCursor } = await listAdminLog(user, query);
  return Response.json({ entries, next_cursor: nextCursor }, { headers: { "cache-control": "no-store" } });
});
