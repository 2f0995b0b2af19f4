import { handleMcpRequest } from "@/lib/gateway/service";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";
/** For hosts that end a request after a time of their own choosing, in seconds. */
export const maxDuration = 300;

interface Context {
  params: Promise<{ id: string }>;
}

async function handle(request: Request, { params }: Context): Promise<Response> {
  return handleMcpRequest(request, (await params).id);
}

export { handle as DELETE, handle as GET, handle as OPTIONS, handle as PATCH, handle as POST, handle as PUT };
