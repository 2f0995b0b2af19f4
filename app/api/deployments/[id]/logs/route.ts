import { createLogStream } from "@/lib/deployments/log-stream";
import { getDeployment, streamLogs } from "@/lib/deployments/service";
import { env } from "@/lib/env/env";
import { SSE_HEADERS } from "@/lib/http/sse";
import { userRoute } from "@/lib/http/user-route";

export const dynamic = "force-dynamic";
export const maxDuration = 300;

const LONGEST_MS = 280_000;

/** Streams the log as server-sent events, one line as JSON each: stored lines first, oldest first, then new ones. */
export const GET = userRoute<{ id: string }>(async (request, { user, params }) => {
  await getDeployment(user.id, params.id);
  // On hosts that limit the duration of a request, the stream ends before the host cuts it.
  const signal = env().onVercel ? AbortSignal.any([request.signal, AbortSignal.timeout(LONGEST_MS)]) : request.signal;
  const body = createLogStream((ended) => streamLogs(user.id, params.id, ended), signal);
  return new Response(body, { headers: SSE_HEADERS });
});
