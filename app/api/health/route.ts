import { probeDatabase } from "@/lib/db/health.ts";
import { env } from "@/lib/env/env.ts";
import { version } from "@/lib/env/version.ts";
import { resolveRuntimeName } from "@/lib/settings/chosen-runtime";

export const dynamic = "force-dynamic";

/**
 * 200 while PostgreSQL answers and can be written, else 503 with how it is: `down`, `read_only` or `no_connections`. Needs no account, and
 * tells nothing that needs one.
 */
export async function GET(): Promise<Response> {
  const database = await probeDatabase();
  const isUp = database === "up";
  // Fly may have been chosen in the pages, which only the database knows.
  const runtime = isUp ? await resolveRuntimeName().catch(() => env().runtime) : env().runtime;
  return Response.json(
    { status: isUp ? "ok" : "unavailable", database, runtime, version },
    { status: isUp ? 200 : 503, headers: { "cache-control": "no-store" } },
  );
}
