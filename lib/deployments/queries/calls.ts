import { db } from "../../db/client.ts";
import type { CsvCell } from "../../util/csv.ts";
import { formatCursor } from "../../util/page-cursor.ts";
import { type CallFilter, type CallQuery, MAX_CALL_PAGE_SIZE, toConditions } from "../calls/call-query.ts";
import { findOwnedDeployment } from "../commands/owned.ts";
import type { CallPage, CallView } from "../view.ts";

const DEFAULT_PAGE_SIZE = 100;

interface CallRow {
  id: string;
  at: Date;
  method: string;
  target: string | null;
  http_status: number;
  error_code: number | null;
  duration_ms: number;
  request_bytes: number;
  response_bytes: number;
  client: string | null;
  is_tool_error: boolean;
  credential_kind: string | null;
  credential_name: string | null;
  person: string | null;
  has_payload: boolean;
}

/**
 * Returns one page of a deployment's calls, the newest first.
 *
 * @throws AppError `not_found`; `invalid_request` for a cursor that is not one
 */
export async function listCalls(userId: string, deploymentId: string, query: CallQuery = {}): Promise<CallPage> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  const limit = Math.min(MAX_CALL_PAGE_SIZE, Math.max(1, Math.trunc(query.limit ?? DEFAULT_PAGE_SIZE)));
  const rows = await readPage(deployment.id, query, limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { calls: shown.map(toView), nextCursor: rows.length > limit && last ? formatCursor(last) : null };
}

export const CALL_COLUMNS = [
  "time",
  "method",
  "target",
  "client",
  "credential",
  "person",
  "http_status",
  "error_code",
  "is_tool_error",
  "duration_ms",
  "request_bytes",
  "response_bytes",
] as const;

/**
 * Yields all calls that a filter finds as rows of a CSV file, some at a time. Payloads are not among them.
 *
 * @throws AppError `not_found`, before the first row
 */
export async function exportCalls(
  userId: string,
  deploymentId: string,
  filter: CallFilter = {},
): Promise<AsyncGenerator<CsvCell[][]>> {
  const deployment = await findOwnedDeployment(userId, deploymentId);
  return readRows(deployment.id, filter);
}

async function* readRows(deploymentId: string, filter: CallFilter): AsyncGenerator<CsvCell[][]> {
  let cursor: string | undefined;
  for (;;) {
    const rows = await readPage(deploymentId, { ...filter, cursor }, MAX_CALL_PAGE_SIZE);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map((row) => [
      row.at.toISOString(),
      row.method,
      row.target,
      row.client,
      row.credential_name,
      row.person,
      row.http_status,
      row.error_code,
      String(row.is_tool_error),
      row.duration_ms,
      row.request_bytes,
      row.response_bytes,
    ]);
    if (rows.length < MAX_CALL_PAGE_SIZE) return;
    cursor = formatCursor(last);
  }
}

function readPage(deploymentId: string, query: CallQuery, take: number): Promise<CallRow[]> {
  return db().$queryRaw<CallRow[]>`
    select id::text, at, method, target, http_status, error_code, duration_ms, request_bytes, response_bytes, client,
      is_tool_error, credential_kind, credential_name, person,
      exists (select from call_payloads where call_id = call_records.id) as has_payload
    from call_records where ${toConditions(deploymentId, query)} order by at desc, id desc limit ${take}`;
}

function toView(row: CallRow): CallView {
  const { credential_kind: kind, credential_name: name } = row;
  return {
    id: row.id,
    at: row.at.toISOString(),
    method: row.method,
    target: row.target,
    httpStatus: row.http_status,
    errorCode: row.error_code,
    durationMs: row.duration_ms,
    requestBytes: row.request_bytes,
    responseBytes: row.response_bytes,
    client: row.client,
    isToolError: row.is_tool_error,
    accessKey: kind === "access-key" ? name : null,
    connectedClient: kind === "connected-client" && name !== null ? { name, person: row.person ?? "" } : null,
    person: row.person,
    hasPayload: row.has_payload,
  };
}
