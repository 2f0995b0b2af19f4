import { sweep } from "@/lib/boot/sweeper";
import { equalsInConstantTime } from "@/lib/crypto/constant-time";
import { hashSecretToken } from "@/lib/crypto/secret-token";
import { reconcilePending } from "@/lib/deployments/reconcile/pending";
import { env } from "@/lib/env/env";
import { AppError } from "@/lib/errors/app-error";
import { toErrorResponse } from "@/lib/http/user-route";

export const dynamic = "force-dynamic";
export const maxDuration = 300;

/** Work that begins within this time ends within `maxDuration`. */
const BUDGET_MS = 200_000;

/**
 * Resumes waiting steps, probes machines that are due and deletes what has expired, once; a long-lived server uses timers. For Vercel's cron
 * and any other scheduler that sends `CRON_SECRET` as a bearer token.
 */
export async function GET(request: Request): Promise<Response> {
  try {
    if (!isAllowed(request.headers.get("authorization"))) {
      throw new AppError("unauthenticated", "This is for the clock that knows CRON_SECRET.", {
        hint: "Set CRON_SECRET, and send it as Authorization: Bearer ….",
      });
    }
    const advanced = await reconcilePending(BUDGET_MS);
    await sweep();
    return Response.json({ advanced }, { headers: { "cache-control": "no-store" } });
  } catch (thrown) {
    return toErrorResponse(thrown);
  }
}

function isAllowed(authorization: string | null): boolean {
  const secret = env().CRON_SECRET;
  if (!secret || !authorization) return false;
  return equalsInConstantTime(hashSecretToken(authorization), hashSecretToken(`Bearer ${secret}`));
}
