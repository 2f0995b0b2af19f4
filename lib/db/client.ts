import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "./generated/client.ts";
import { poolConfig } from "./url.ts";

// Next instantiates a module once for each bundle; the pool has to be one for the process.
const slot = Symbol.for("catwalk.db");
const holder = globalThis as typeof globalThis & { [slot]?: PrismaClient };

/** The process's database client, made at the first call from `DATABASE_URL` and `DATABASE_POOL_SIZE`. It connects when first used. */
export function db(): PrismaClient {
  holder[slot] ??= createClient(process.env.DATABASE_URL ?? "", Number(process.env.DATABASE_POOL_SIZE) || undefined);
  return holder[slot];
}

/**
 * A client of its own for a URL; the caller disconnects it.
 *
 * @param poolSize how many connections it may have; what the URL says, or 10, unless given
 */
export function createClient(url: string, poolSize?: number): PrismaClient {
  const { schema, ...pool } = poolConfig(url, poolSize);
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema }) });
}

/** Closes the process's client if there is one. */
export async function disconnect(): Promise<void> {
  await holder[slot]?.$disconnect();
}
