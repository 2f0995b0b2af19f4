import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "./generated/client.ts";
import { toPoolConfig } from "./url.ts";

// Next instantiates this module in each bundle; the pool must exist once in the process.
const slot = Symbol.for("catwalk.db");
const holder = globalThis as typeof globalThis & { [slot]?: PrismaClient };

/**
 * How long a transaction may wait for a connection and how long it may last, in milliseconds. Prisma's defaults of two and five
 * seconds are too short on a busy host, and a wait shorter than a failing connection would hide that the database is down.
 */
const TRANSACTIONS = { maxWait: 10_000, timeout: 20_000 };

/** Returns the process's database client, created at the first call from `DATABASE_URL` and `DATABASE_POOL_SIZE`. It connects when first used. */
export function db(): PrismaClient {
  holder[slot] ??= createClient(process.env.DATABASE_URL ?? "", Number(process.env.DATABASE_POOL_SIZE) || undefined);
  return holder[slot];
}

/**
 * Creates a separate client for a URL. The caller disconnects it.
 *
 * @param poolSize the most connections; the URL's `connection_limit`, or 10, unless given
 */
export function createClient(url: string, poolSize?: number): PrismaClient {
  const { schema, ...pool } = toPoolConfig(url, poolSize);
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema }), transactionOptions: TRANSACTIONS });
}

/** Closes the process's client if there is one. */
export async function disconnect(): Promise<void> {
  await holder[slot]?.$disconnect();
}
