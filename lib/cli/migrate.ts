import { resolve } from "node:path";
import { migrateWhenReachable } from "../db/connect.ts";
import { parseEnv } from "../env/env.ts";
import { toTerminalText } from "../errors/terminal-text.ts";

// Validates the settings and applies the migrations. The image runs it before the server, Vercel before the build. A failure exits
// with 1 and one sentence, so that nothing starts. A preview on Vercel skips it: its database is production's unless it has its own.

const folder = resolve(import.meta.dirname, "..", "..", "prisma", "migrations");
if (process.env.VERCEL && process.env.VERCEL_ENV !== "production") {
  console.log("Not the production deployment: the database stays as it is.");
} else {
  await applyMigrations();
}

async function applyMigrations(): Promise<void> {
  try {
    const { DATABASE_URL } = parseEnv(process.env);
    const applied = await migrateWhenReachable(DATABASE_URL, folder, { withinMs: 30_000, say: console.log });
    for (const name of applied) console.log(`Applied the migration ${name}.`);
    console.log("The database is up to date.");
  } catch (error) {
    console.error(toTerminalText(error));
    process.exitCode = 1;
  }
}
