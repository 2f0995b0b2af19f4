import { handleMcpRequest } from "@/lib/gateway/service";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";
/** Longest duration of a request in seconds, for hosts that limit it. */
export const maxDuration = 300;

interface Context {
  params: Promise<{ id: string }>;
}

async function handle(request: Request, { params }: Context): Promise<Response> {
  return handleMcpRequest(request, (await params).id);
}

export { handle as DELETE, handle as GET, handle as OPTIONS, handle as PATCH, handle as POST, handle as PUT };
