import { userRoute } from "@/lib/auth/route";
import { listCalls } from "@/lib/deployments/service";

const shownCalls = 100;

/** The last calls, for the page's table. */
export const GET = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(
    { calls: await listCalls(user.id, params.id, shownCalls) },
    { headers: { "cache-control": "no-store" } },
  ),
);
