import { handleDecision } from "@/lib/oauth/handle-decision";

export const dynamic = "force-dynamic";

export async function POST(request: Request, { params }: { params: Promise<{ uid: string }> }): Promise<Response> {
  return handleDecision(request, (await params).uid);
}
