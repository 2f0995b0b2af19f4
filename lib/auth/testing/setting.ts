import { randomBytes } from "node:crypto";
import { disconnect } from "../../db/client.ts";
import { createTestDatabase } from "../../db/testing/database.ts";

const cachedEnv = Symbol.for("catwalk.env");

/** Gives the process other settings; undefined takes one away. They are read anew. */
export function setVariables(variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  delete (globalThis as typeof globalThis & { [cachedEnv]?: unknown })[cachedEnv];
}

/**
 * A fresh database and the settings that Catwalk cannot do without, for one test file.
 *
 * @returns what closes and removes the database
 */
export async function prepareCatwalk(variables: Record<string, string> = {}): Promise<() => Promise<void>> {
  const database = await createTestDatabase();
  setVariables({
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: randomBytes(32).toString("base64"),
    NEXTAUTH_SECRET: randomBytes(32).toString("base64"),
    NEXTAUTH_URL: "http://catwalk.test:3000",
    ...variables,
  });
  return async () => {
    await disconnect();
    await database.drop();
  };
}
