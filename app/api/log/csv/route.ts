import { adminLogQuerySchema } from "@/lib/admin-log/api";
import { ADMIN_LOG_COLUMNS, exportAdminLog } from "@/lib/admin-log/list";
import { csvResponse } from "@/lib/http/csv-response";
import { parseQuery } from "@/lib/http/query";
import { userRoute } from "@/lib/http/user-route";

/** Returns everything that a query finds in the administrator's log as a CSV file. */
export const GET = userRoute(async (request, { user }) => {
  const query = parseQuery(new URL(request.url).searchParams, adminLogQuerySchema);
  return csvResponse("catwalk-log", ADMIN_LOG_COLUMNS, exportAdminLog(user, query));
});
