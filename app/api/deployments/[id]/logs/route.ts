import { userRoute } from "@/lib/auth/route";
import { logStream } from "@/lib/deployments/log-stream";
import { deploymentLogs, getDeployment } from "@/lib/deployments/service";

/** Server-sent events, each with a log line as JSON: what is kept, oldest first, then live until the client goes. */
export const GET = userRoute<{ id: string }>(async (request, { user, params }) => {
  await getDeployment(user.id, params.id);
  const body = logStream((signal) => deploymentLogs(user.id, params.id, signal), request.signal);
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    },
  });
});
