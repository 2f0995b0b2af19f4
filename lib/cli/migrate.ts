import { resolve } from "node:path";
import { migrateWhenReachable } from "../db/connect.ts";
import { parseEnv } from "../env/env.ts";
import { toTerminalText } from "../errors/terminal-text.ts";

// What the image runs before the server, and Vercel before the build: validates the settings and applies the migrations. Exits with 1 and a
// sentence when either is impossible, so that nothing is started on them. A preview on Vercel has the production database unless it
// was given one of its own, and is no reason to change it.

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
