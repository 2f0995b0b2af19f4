import { requireAdmin, type SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { type AdminLogEntry, Prisma } from "../db/generated/client.ts";
import { refuseCursor } from "../errors/bad-cursor.ts";
import type { CsvCell } from "../util/csv.ts";
import { formatCursor, parseCursor } from "../util/page-cursor.ts";
import type { AdminAction, AdminCategory, AdminEntryView } from "./actions.ts";

export const MAX_LOG_PAGE_SIZE = 200;
const DEFAULT_PAGE_SIZE = 50;
const EXPORT_PAGE_SIZE = 500;

export interface AdminLogQuery {
  /** The largest number of entries, 200 at most; 50 when absent. */
  limit?: number | undefined;
  /** `nextCursor` of the page before; the first page when absent. */
  cursor?: string | undefined;
  category?: AdminCategory | undefined;
  /** The e-mail address of the person who did it. */
  person?: string | undefined;
  /** Entries from this moment on. */
  from?: Date | undefined;
  /** Entries before this moment. */
  until?: Date | undefined;
}

export interface AdminLogPage {
  entries: AdminEntryView[];
  /** Where the next page begins, or null on the last. */
  nextCursor: string | null;
}

/**
 * Returns one page of the administrator's log, the newest entry first.
 *
 * @throws AppError `forbidden`; `invalid_request` for a cursor that is not one
 */
export async function listAdminLog(user: SessionUser, query: AdminLogQuery = {}): Promise<AdminLogPage> {
  requireAdmin(user);
  const limit = Math.min(MAX_LOG_PAGE_SIZE, Math.max(1, Math.trunc(query.limit ?? DEFAULT_PAGE_SIZE)));
  const rows = await readPage(query, limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { entries: shown.map(toView), nextCursor: rows.length > limit && last ? formatCursor(last) : null };
}

export const ADMIN_LOG_COLUMNS = ["time", "person", "address", "via", "action", "what"] as const;

/** Yields all entries that a query finds as rows of a CSV file, some at a time. Throws AppError `forbidden` at once. */
export function exportAdminLog(user: SessionUser, query: AdminLogQuery = {}): AsyncGenerator<CsvCell[][]> {
  requireAdmin(user);
  return readRows(query);
}

async function* readRows(query: AdminLogQuery): AsyncGenerator<CsvCell[][]> {
  let cursor = query.cursor;
  for (;;) {
    const rows = await readPage({ ...query, cursor }, EXPORT_PAGE_SIZE);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(({ at, actor, address, via, action, summary }) => [
      at.toISOString(),
      actor,
      address,
      via,
      action,
      summary,
    ]);
    if (rows.length < EXPORT_PAGE_SIZE) return;
    cursor = formatCursor(last);
  }
}

async function readPage(query: AdminLogQuery, take: number): Promise<AdminLogEntry[]> {
  const { cursor, category, person, from, until } = query;
  const place = cursor === undefined ? null : (parseCursor(cursor) ?? refuseCursor());
  const conditions = [
    Prisma.sql`true`,
    ...(category === undefined ? [] : [Prisma.sql`category = ${category}`]),
    ...(person === undefined ? [] : [Prisma.sql`actor = ${person}`]),
    ...(from === undefined ? [] : [Prisma.sql`at >= ${from}`]),
    ...(until === undefined ? [] : [Prisma.sql`at < ${until}`]),
    ...(place === null ? [] : [Prisma.sql`(at, id) < (${place.at}, ${place.id}::uuid)`]),
  ];
  return db().$queryRaw<AdminLogEntry[]>`
    select id::text, at, category, action, summary, actor_id::text as "actorId", actor, address, via
    from admin_log where ${Prisma.join(conditions, " and ")} order by at desc, id desc limit ${take}`;
}

function toView({ id, at, category, action, summary, actor, address, via }: AdminLogEntry): AdminEntryView {
  return {
    id,
    at: at.toISOString(),
    category: category as AdminCategory,
    action: action as AdminAction,
    summary,
    actor,
    address,
    via: via as AdminEntryView["via"],
  };
}
