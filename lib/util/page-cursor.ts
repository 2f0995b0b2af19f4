import { isUuid } from "./uuid.ts";

/** The place of a row in a list that is sorted by time, then by id. */
export interface PageCursor {
  at: Date;
  id: string;
}

/** Formats the place after a row, for the request of the next page. */
export function formatCursor({ at, id }: PageCursor): string {
  return Buffer.from(`${at.getTime()} ${id}`).toString("base64url");
}

/** Reads such a place, or returns null for a text that is none. */
export function parseCursor(cursor: string): PageCursor | null {
  const [atMs = "", id = ""] = Buffer.from(cursor, "base64url").toString().split(" ");
  const at = new Date(/^\d{1,15}$/.test(atMs) ? Number(atMs) : Number.NaN);
  return isUuid(id) && !Number.isNaN(at.getTime()) ? { at, id } : null;
}
