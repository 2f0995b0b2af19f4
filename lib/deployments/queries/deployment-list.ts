import { db } from "../../db/client.ts";
import { type DeploymentStatus, type DesiredState, Prisma } from "../../db/generated/client.ts";
import { refuseCursor } from "../../errors/bad-cursor.ts";
import { formatCursor, parseCursor } from "../../util/page-cursor.ts";
import { formatConnectorUrl } from "../connector-url.ts";
import { parseErrorColumn } from "../error-column.ts";
import { parseStoredSpec } from "../inputs/stored-spec.ts";
import type { DeploymentPage, DeploymentSummary } from "../view.ts";
import { resolveStatus } from "./deployment-view.ts";

const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 200;
const MAX_SEARCH_WORDS = 10;

export interface DeploymentQuery {
  /** The largest number of deployments, 200 at most; 50 when absent. */
  limit?: number;
  /** `nextCursor` of the page before; the first page when absent. */
  cursor?: string;
  /** Words that must all occur in the name, source, package, status or id. Case does not matter. */
  search?: string;
  status?: DeploymentStatus;
}

interface ListedRow {
  id: string;
  name: string;
  source: string;
  spec: unknown;
  status: DeploymentStatus;
  desired: DesiredState;
  runtime: string;
  machine: Prisma.JsonValue;
  tool_count: number;
  error: unknown;
  created_at: Date;
  last_call_at: Date | null;
}

/**
 * Returns one page of a person's deployments, the newest first. The database pages and searches, so that the answer is as small for
 * ten thousand deployments as for fifty. It counts tools without reading them, which can be megabytes each.
 *
 * @throws AppError `invalid_request` for a cursor that is not one
 */
export async function listDeployments(userId: string, query: DeploymentQuery = {}): Promise<DeploymentPage> {
  const limit = Math.min(MAX_PAGE_SIZE, Math.max(1, Math.trunc(query.limit ?? DEFAULT_PAGE_SIZE)));
  const rows = await db().$queryRaw<ListedRow[]>`
    select id::text, name, source, spec, status::text, desired::text, runtime, machine, error, created_at, last_call_at,
      case when jsonb_typeof(tools) = 'array' then jsonb_array_length(tools) else 0 end as tool_count
    from deployments
    where ${Prisma.join(listConditions(userId, query), " and ")}
    order by created_at desc, id desc limit ${limit + 1}`;
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    deployments: await Promise.all(shown.map(toSummary)),
    nextCursor: rows.length > limit && last ? formatCursor({ at: last.created_at, id: last.id }) : null,
  };
}

function listConditions(userId: string, { cursor, search = "", status }: DeploymentQuery): Prisma.Sql[] {
  const conditions = [Prisma.sql`owner_id = ${userId}::uuid`];
  if (status !== undefined) conditions.push(Prisma.sql`status = ${status}::deployment_status`);
  for (const word of search.split(/\s+/).filter(Boolean).slice(0, MAX_SEARCH_WORDS)) {
    const pattern = `%${word.replace(/[\\%_]/g, "\\$&")}%`;
    conditions.push(
      Prisma.sql`concat_ws(E'\\n', name, source, spec->'server'->>'package', status, id) ilike ${pattern}`,
    );
  }
  if (cursor !== undefined) {
    const { at, id } = parseCursor(cursor) ?? refuseCursor();
    conditions.push(Prisma.sql`(created_at, id) < (${at}, ${id}::uuid)`);
  }
  return conditions;
}

async function toSummary(row: ListedRow): Promise<DeploymentSummary> {
  const { server } = parseStoredSpec(row.spec);
  return {
    id: row.id,
    name: row.name,
    source: row.source,
    status: await resolveStatus(row),
    desired: row.desired,
    url: formatConnectorUrl(row.id),
    package: server.package,
    version: server.version,
    toolCount: row.tool_count,
    error: parseErrorColumn(row.error),
    createdAt: row.created_at.toISOString(),
    lastCallAt: row.last_call_at?.toISOString() ?? null,
  };
}
