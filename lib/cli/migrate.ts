import { resolve } from "node:path";
import { migrateWhenReachable } from "../db/connect.ts";
import { parseEnv } from "../env/env.ts";
import { sentenceOf } from "../errors/sentence.ts";

// What the image runs before the server: validates its settings and applies the migrations. Exits with 1 and a sentence when
// either is impossible, so that the server is not started on them.

const folder = resolve(import.meta.dirname, "..", "..", "prisma", "migrations");
try {
  const { DATABASE_URL } = parseEnv(process.env);
  const applied = await migrateWhenReachable(DATABASE_URL, folder, { withinMs: 30_000, say: console.log });
  for (const name of applied) console.log(`Applied the migration ${name}.`);
  console.log("The database is up to date.");
} catch (error) {
  console.error(sentenceOf(error));
  process.exitCode = 1;
}
