import { db } from "../db/client.ts";
import { probeDatabase } from "../db/health.ts";
import type { DatabaseState } from "../db/state.ts";
import type { CheckResult, SetupCheck } from "./check.ts";

const STEPS_HINT = "docs/operations.md has the steps.";

const FAILURES: Record<Exclude<DatabaseState, "up">, { message: string; todo: string }> = {
  down: {
    message: "PostgreSQL does not answer.",
    todo: `See that it runs, and that DATABASE_URL is right. ${STEPS_HINT}`,
  },
  read_only: {
    message: "PostgreSQL answers, but takes no writes.",
    todo: `DATABASE_URL may point to a replica, or the server has become read-only. ${STEPS_HINT}`,
  },
  no_connections: {
    message: "PostgreSQL has no connection left for Catwalk.",
    todo: `Raise its limit, use its pooler’s address, or close other connections. ${STEPS_HINT}`,
  },
};

/** Checks that PostgreSQL answers and takes writes, and that no migration is unfinished. */
export const databaseCheck: SetupCheck = {
  id: "database",
  title: "Database",
  timeoutMs: 5_000,
  async run(): Promise<CheckResult> {
    const startedAt = performance.now();
    const state = await probeDatabase();
    const answerMs = Math.round(performance.now() - startedAt);
    if (state !== "up") return { state: "bad", ...FAILURES[state] };
    const [versions, unfinished] = await Promise.all([
      db().$queryRaw<{ version: string }[]>`select current_setting('server_version') as version`,
      db().$queryRaw<{ migration_name: string }[]>`
        select migration_name from _prisma_migrations where finished_at is null and rolled_back_at is null`,
    ]);
    if (unfinished[0]) {
      return {
        state: "bad",
        message: `The migration ${unfinished[0].migration_name} did not finish.`,
        todo: `Start Catwalk again: it migrates at the start and says what stops it. ${STEPS_HINT}`,
      };
    }
    const name = `PostgreSQL ${versions[0]?.version.split(" ")[0] ?? ""}`.trim();
    return { state: "good", message: `${name} answered in ${answerMs} ms and takes writes.`, todo: null };
  },
};
