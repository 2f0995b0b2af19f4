import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import { IS_FAILED } from "../calls/call-query.ts";
import { findOwnedDeployment } from "../commands/owned.ts";
import type { CallStats, CallStatsRow } from "../view.ts";
import { WORK_METHODS } from "../work-methods.ts";

const HOUR_MS = 60 * 60_000;
/** A period and the width of its bars. */
const PERIODS = {
  day: { barMs: HOUR_MS, bars: 24 },
  week: { barMs: 6 * HOUR_MS, bars: 28 },
} as const;
export type CallPeriod = keyof typeof PERIODS;

/** Tools and clients that are listed by themselves; the rest is left out. */
const MAX_ROWS = 10;

interface AggregateRow {
  name: string | null;
  calls: number;
  failures: number;
  p50_ms: number;
  p95_ms: number;
}

const AGGREGATES = Prisma.sql`count(*)::int as calls, (count(*) filter (where ${IS_FAILED}))::int as failures,
  percentile_cont(0.5) within group (order by duration_ms)::float8 as p50_ms,
  percentile_cont(0.95) within group (order by duration_ms)::float8 as p95_ms`;

/**
 * Aggregates the calls of the last day or week: over time, by tool and by client. Counts what does something for a person, and not the
 * protocol's own messages, whose streams last for hours. Reads at most what is kept of one deployment, by its index.
 *
 * @throws AppError `not_found`
 */
export async function getCallStats(
  userId: string,
  deploymentId: string,
  period: CallPeriod,
  now = new Date(),
): Promise<CallStats> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  const { barMs, bars } = PERIODS[period];
  // Bars begin at whole hours (or quarters of a day) in UTC, so that they stay the same from one look to the next.
  const end = (Math.floor(now.getTime() / barMs) + 1) * barMs;
  const start = new Date(end - bars * barMs);
  const where = Prisma.sql`deployment_id = ${deployment.id}::uuid and at >= ${start} and method = any(${WORK_METHODS})`;
  const group = (column: Prisma.Sql) => db().$queryRaw<AggregateRow[]>`
    select ${column} as name, ${AGGREGATES} from call_records where ${where}
    group by 1 order by 2 desc, 1 limit ${MAX_ROWS}`;
  const [total] = await db().$queryRaw<AggregateRow[]>`
    select null as name, ${AGGREGATES} from call_records where ${where}`;
  const byBar = await db().$queryRaw<(AggregateRow & { bar: number })[]>`
    select floor((extract(epoch from at) * 1000 - ${start.getTime()}) / ${barMs})::int as bar, ${AGGREGATES}
    from call_records where ${where} group by 1`;
  const found = new Map(byBar.map((row) => [row.bar, row]));
  return {
    from: start.toISOString(),
    barMs,
    total: toRow(total),
    bars: Array.from({ length: bars }, (_, bar) => ({
      at: new Date(start.getTime() + bar * barMs).toISOString(),
      ...toNumbers(found.get(bar)),
    })),
    tools: (await group(Prisma.sql`coalesce(target, method)`)).map(toRow),
    clients: (await group(Prisma.sql`client`)).map(toRow),
    people: (await group(Prisma.sql`person`)).map(toRow),
  };
}

function toRow(row: AggregateRow | undefined): CallStatsRow {
  return { name: row?.name ?? null, ...toNumbers(row) };
}

function toNumbers(row: AggregateRow | undefined): Omit<CallStatsRow, "name"> {
  if (row === undefined || row.calls === 0) return { calls: 0, failures: 0, p50Ms: null, p95Ms: null };
  return { calls: row.calls, failures: row.failures, p50Ms: Math.round(row.p50_ms), p95Ms: Math.round(row.p95_ms) };
}
