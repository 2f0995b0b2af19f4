import { createLogStream } from "@/lib/deployments/log-stream";
import { getDeployment, streamLogs } from "@/lib/deployments/service";
import { env } from "@/lib/env/env";
import { SSE_HEADERS } from "@/lib/http/sse";
import { userRoute } from "@/lib/http/user-route";

export const dynamic = "force-dynamic";
export const maxDuration = 300;

const LONGEST_MS = 280_000;

/** Server-sent events, each with a log line as JSON: what is kept, oldest first, then live until the client goes. */
export const GET = userRoute<{ id: string }>(async (request, { user, params }) => {
  await getDeployment(user.id, params.id);
  // Where a request can only take so long, the stream ends before it is cut.
  const signal = env().onVercel ? AbortSignal.any([request.signal, AbortSignal.timeout(LONGEST_MS)]) : request.signal;
  const body = createLogStream((ended) => streamLogs(user.id, params.id, ended), signal);
  return new Response(body, { headers: SSE_HEADERS });
});
