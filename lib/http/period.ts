import { z } from "zod";

const DAY_MS = 24 * 60 * 60_000;

/** The start of a period: a moment, or a day in UTC, which begins at midnight. */
export const fromSchema = z.iso.datetime({ offset: true }).or(z.iso.date()).pipe(z.coerce.date());

/** The end of a period, which is not part of it: a moment, or a day in UTC, which counts whole. */
export const untilSchema = z.union([
  z.iso.datetime({ offset: true }).pipe(z.coerce.date()),
  z.iso.date().transform((day) => new Date(new Date(day).getTime() + DAY_MS)),
]);
