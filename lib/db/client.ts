import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "./generated/client.ts";
import { poolConfig } from "./url.ts";

// Next instantiates a module once for each bundle; the pool has to be one for the process.
const slot = Symbol.for("catwalk.db");
const holder = globalThis as typeof globalThis & { [slot]?: PrismaClient };

/** The process's database client, made at the first call from `DATABASE_URL`. It connects when first used. */
export function db(): PrismaClient {
  holder[slot] ??= createClient(process.env.DATABASE_URL ?? "");
  return holder[slot];
}

/** A client of its own for a URL; the caller disconnects it. */
export function createClient(url: string): PrismaClient {
  const { schema, ...pool } = poolConfig(url);
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema }) });
}

/** Closes the process's client if there is one. */
export async function disconnect(): Promise<void> {
  await holder[slot]?.$disconnect();
}
