import { AppError } from "./app-error.ts";

/** Throws AppError `invalid_request` for a cursor that names no place in a list. */
export function refuseCursor(): never {
  throw new AppError("invalid_request", "This cursor is not one of this list.", {
    hint: "Send the next_cursor of the page before, or none for the first page.",
    fields: { cursor: "This is not a cursor." },
  });
}
