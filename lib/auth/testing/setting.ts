import { randomBytes } from "node:crypto";
import { disconnect } from "../../db/client.ts";
import { createTestDatabase } from "../../db/testing/database.ts";

const CACHED_ENV = Symbol.for("catwalk.env");

/** Changes the process's settings, undefined deleting one, and drops the cached ones. */
export function setVariables(variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  delete (globalThis as typeof globalThis & { [CACHED_ENV]?: unknown })[CACHED_ENV];
}

/**
 * Creates a fresh database and sets the required settings, for one test file.
 *
 * @returns a function that disconnects and drops the database
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
