import { z } from "zod";
import { normalizeEmail } from "../auth/user.ts";
import { fromSchema, untilSchema } from "../http/period.ts";
import { ADMIN_CATEGORY_NAMES } from "./actions.ts";
import { MAX_LOG_PAGE_SIZE } from "./list.ts";

/** The query of `GET /api/log`, of its CSV file and of its page. */
export const adminLogQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_LOG_PAGE_SIZE).optional(),
  cursor: z.string().max(200).optional(),
  category: z.enum(ADMIN_CATEGORY_NAMES).optional(),
  person: z.string().max(254).transform(normalizeEmail).optional(),
  from: fromSchema.optional(),
  until: untilSchema.optional(),
});
