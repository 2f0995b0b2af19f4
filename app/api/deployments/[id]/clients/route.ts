import { userRoute } from "@/lib/http/user-route";
import { listConnectedClients } from "@/lib/oauth/connected-clients";

/** The clients that people let use the deployment. */
export const GET = userRoute<{ id: string }>(async (_request, { user, params }) =>
  Response.json(
    { clients: await listConnectedClients(user.id, params.id) },
    { headers: { "cache-control": "no-store" } },
  ),
);
