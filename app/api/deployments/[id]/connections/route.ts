import { userRoute } from "@/lib/http/user-route";
import { listConnectionEvents } from "@/lib/oauth/connection-log";

/** The steps that clients have taken towards the deployment, the newest first. */
export const GET = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(
    { events: await listConnectionEvents(user.id, params.id) },
    { headers: { "cache-control": "no-store" } },
  ),
);
