import { z } from "zod";
import { Prisma } from "../../db/generated/client.ts";
import { refuseCursor } from "../../errors/bad-cursor.ts";
import { fromSchema, untilSchema } from "../../http/period.ts";
import { parseCursor } from "../../util/page-cursor.ts";
import { WORK_METHODS } from "../work-methods.ts";

export const MAX_CALL_PAGE_SIZE = 500;

/** Which calls of a deployment are meant: those that fit all that is given. */
export interface CallFilter {
  method?: string | undefined;
  /** The tool, prompt or resource that was named. */
  target?: string | undefined;
  /** What the client calls itself. */
  client?: string | undefined;
  /** The e-mail address of the person who called. */
  person?: string | undefined;
  outcome?: "ok" | "failed" | undefined;
  /** `work` for what does something for a person, `protocol` for everything else. */
  kind?: "work" | "protocol" | undefined;
  /** Calls from this moment on. */
  from?: Date | undefined;
  /** Calls before this moment. */
  until?: Date | undefined;
}

export interface CallQuery extends CallFilter {
  /** The largest number of calls, 500 at most; 100 when absent. */
  limit?: number | undefined;
  /** `nextCursor` of the page before; the first page when absent. */
  cursor?: string | undefined;
}

const filterShape = {
  method: z.string().max(200).optional(),
  target: z.string().max(500).optional(),
  client: z.string().max(200).optional(),
  person: z.string().max(254).optional(),
  outcome: z.enum(["ok", "failed"]).optional(),
  kind: z.enum(["work", "protocol"]).optional(),
  from: fromSchema.optional(),
  until: untilSchema.optional(),
};

/** The filter of `DELETE /api/deployments/{id}/calls` and of the CSV file. */
export const callFilterSchema = z.object(filterShape);

/** The query of `GET /api/deployments/{id}/calls`. */
export const callQuerySchema = z.object({
  ...filterShape,
  limit: z.coerce.number().int().min(1).max(MAX_CALL_PAGE_SIZE).optional(),
  cursor: z.string().max(200).optional(),
});

/** The condition of a failed call, in SQL over `call_records`. */
export const IS_FAILED = Prisma.sql`(http_status >= 400 or error_code is not null or is_tool_error)`;

/**
 * Returns the conditions of a query in SQL over `call_records`. All begin with the deployment, by whose index they are found.
 *
 * @throws AppError `invalid_request` for a cursor that is not one
 */
export function toConditions(deploymentId: string, query: CallQuery): Prisma.Sql {
  const { method, target, client, person, outcome, kind, from, until, cursor } = query;
  const place = cursor === undefined ? null : (parseCursor(cursor) ?? refuseCursor());
  return Prisma.join(
    [
      Prisma.sql`deployment_id = ${deploymentId}::uuid`,
      ...(method === undefined ? [] : [Prisma.sql`method = ${method}`]),
      ...(target === undefined ? [] : [Prisma.sql`target = ${target}`]),
      ...(client === undefined ? [] : [Prisma.sql`client = ${client}`]),
      ...(person === undefined ? [] : [Prisma.sql`person = ${person}`]),
      ...(outcome === undefined ? [] : [Prisma.sql`${IS_FAILED} = ${outcome === "failed"}`]),
      ...(kind === undefined ? [] : [Prisma.sql`(method = any(${WORK_METHODS})) = ${kind === "work"}`]),
      ...(from === undefined ? [] : [Prisma.sql`at >= ${from}`]),
      ...(until === undefined ? [] : [Prisma.sql`at < ${until}`]),
      ...(place === null ? [] : [Prisma.sql`(at, id) < (${place.at}, ${place.id}::uuid)`]),
    ],
    " and ",
  );
}
