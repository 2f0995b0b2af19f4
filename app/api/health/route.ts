import { probeDatabase } from "@/lib/db/health.ts";
import { env } from "@/lib/env/env.ts";
import { resolveRuntimeName } from "@/lib/settings/chosen-runtime";

export const dynamic = "force-dynamic";

/**
 * Reports the app's health: 200 while PostgreSQL answers and accepts writes, else 503 with its state: `down`, `read_only` or
 * `no_connections`. Requires no account, so it does not
 * tell the version, which would tell strangers which weaknesses to try.
 */
export async function GET(): Promise<Response> {
  const database = await probeDatabase();
  const isUp = database === "up";
  // The runtime can be chosen in the settings, which are stored in the database.
  const runtime = isUp ? await resolveRuntimeName().catch(() => env().runtime) : env().runtime;
  return Response.json(
    { status: isUp ? "ok" : "unavailable", database, runtime },
    { status: isUp ? 200 : 503, headers: { "cache-control": "no-store" } },
  );
}
