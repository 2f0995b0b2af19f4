import { callFilterSchema, callQuerySchema } from "@/lib/deployments/calls/call-query";
import { deleteCalls, listCalls } from "@/lib/deployments/service";
import { parseQuery } from "@/lib/http/query";
import { userRoute } from "@/lib/http/user-route";

/** Lists calls, newest first: `?limit=&cursor=&method=&target=&client=&person=&outcome=&kind=&from=&until=`. */
export const GET = userRoute<{ id: string }>(async (request, { user, params }) => {
  const query = parseQuery(new URL(request.url).searchParams, callQuerySchema);
  const { calls, nextCursor } = await listCalls(user.id, params.id, query);
  const body = { calls, ...(nextCursor !== null && { next_cursor: nextCursor }) };
  return Response.json(body, { headers: { "cache-control": "no-store" } });
});

/** Deletes the calls that a filter finds, or all of them. */
export const DELETE = userRoute<{ id: string }>(async (request, { user, params }) => {
  const filter = parseQuery(new URL(request.url).searchParams, callFilterSchema);
  return Response.json({ deleted: await deleteCalls(user.id, params.id, filter) });
});
