import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "./generated/client.ts";
import { toPoolConfig } from "./url.ts";

// Next instantiates a module once for each bundle; the pool has to be one for the process.
const slot = Symbol.for("catwalk.db");
const holder = globalThis as typeof globalThis & { [slot]?: PrismaClient };

/**
 * How long a transaction may wait for a connection of the pool, and last: a host with much to do exceeds the two and five seconds that
 * are Prisma's own. Longer than a connection takes to fail, so that a database that is away is told as such.
 */
const TRANSACTIONS = { maxWait: 10_000, timeout: 20_000 };

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
  const { schema, ...pool } = toPoolConfig(url, poolSize);
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema }), transactionOptions: TRANSACTIONS });
}

/** Closes the process's client if there is one. */
export async function disconnect(): Promise<void> {
  await holder[slot]?.$disconnect();
}
