import pg from "pg";

/** A query as it goes to PostgreSQL. */
export interface SentQuery {
  text: string;
  values: unknown[];
}

type Query = (this: pg.Client, config: unknown, ...rest: unknown[]) => unknown;

/** Runs some work and returns the queries that this process sends meanwhile, what Prisma makes of its calls included. */
export async function recordQueries(work: () => Promise<unknown>): Promise<SentQuery[]> {
  const sent: SentQuery[] = [];
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const original = prototype.query;
  prototype.query = function (config, ...rest) {
    if (typeof config === "string") sent.push({ text: config, values: Array.isArray(rest[0]) ? rest[0] : [] });
    else {
      const { text, values } = (config ?? {}) as Partial<SentQuery>;
      if (text !== undefined) sent.push({ text, values: values ?? [] });
    }
    return original.call(this, config, ...rest);
  };
  try {
    await work();
  } finally {
    prototype.query = original;
  }
  return sent;
}
