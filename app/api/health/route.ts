import { isDatabaseUp } from "@/lib/db/health.ts";
import { env } from "@/lib/env/env.ts";
import { version } from "@/lib/version.ts";

export const dynamic = "force-dynamic";

/** 200 while PostgreSQL answers, 503 while it is away. Needs no account, and tells nothing that needs one. */
export async function GET(): Promise<Response> {
  const isUp = await isDatabaseUp();
  return Response.json(
    {
      status: isUp ? "ok" : "unavailable",
      database: isUp ? "up" : "down",
      runtime: env().runtime,
      version,
    },
    { status: isUp ? 200 : 503, headers: { "cache-control": "no-store" } },
  );
}
