import { db } from "../db/client.ts";
import type { CheckResult, SetupCheck } from "./check.ts";

interface Row {
  version: string;
  is_standby: boolean;
  read_only: string;
}

/** PostgreSQL answers, takes writes, and has every migration that was begun. */
export const databaseCheck: SetupCheck = {
  id: "database",
  title: "Database",
  timeoutMs: 5_000,
  async look(): Promise<CheckResult> {
    const startedAt = performance.now();
    const rows = await db().$queryRaw<Row[]>`
      select current_setting('server_version') as version,
        pg_is_in_recovery() as is_standby,
        current_setting('transaction_read_only') as read_only`;
    const answerMs = Math.round(performance.now() - startedAt);
    const [row] = rows;
    const name = `PostgreSQL ${row?.version.split(" ")[0] ?? ""}`.trim();
    if (row?.is_standby || row?.read_only === "on") {
      return {
        state: "bad",
        message: `${name} answers, but takes no writes.`,
        todo: row.is_standby
          ? "DATABASE_URL points to a replica: give the address of the primary."
          : "Make the database writable again; docs/operations.md has the steps.",
      };
    }
    const unfinished = await db().$queryRaw<{ migration_name: string }[]>`
      select migration_name from _prisma_migrations where finished_at is null and rolled_back_at is null`;
    if (unfinished[0]) {
      return {
        state: "bad",
        message: `The migration ${unfinished[0].migration_name} did not finish.`,
        todo: "Start Catwalk again: it migrates at the start and says what stops it. docs/operations.md has the steps.",
      };
    }
    return { state: "good", message: `${name} answered in ${answerMs} ms and takes writes.`, todo: null };
  },
};
