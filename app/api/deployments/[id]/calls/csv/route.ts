import { callFilterSchema } from "@/lib/deployments/calls/call-query";
import { CALL_COLUMNS } from "@/lib/deployments/queries/calls";
import { exportCalls } from "@/lib/deployments/service";
import { csvResponse } from "@/lib/http/csv-response";
import { parseQuery } from "@/lib/http/query";
import { userRoute } from "@/lib/http/user-route";

/** Returns all calls that a filter finds as a CSV file. */
export const GET = userRoute<{ id: string }>(async (request, { user, params }) => {
  const filter = parseQuery(new URL(request.url).searchParams, callFilterSchema);
  return csvResponse("catwalk-calls", CALL_COLUMNS, await exportCalls(user.id, params.id, filter));
});
