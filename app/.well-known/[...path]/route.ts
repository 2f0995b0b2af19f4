import { handleWellKnown } from "@/lib/oauth/well-known";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";

interface Context {
  params: Promise<{ path: string[] }>;
}

async function handle(request: Request, { params }: Context): Promise<Response> {
  return handleWellKnown(request, (await params).path.join("/"));
}

export { handle as GET, handle as OPTIONS };
