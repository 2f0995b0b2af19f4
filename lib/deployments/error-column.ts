import type { ErrorBody } from "../errors/app-error.ts";

/** Reads an `error` column, which only this project writes. */
export function parseErrorColumn(value: unknown): ErrorBody | null {
  return (value ?? null) as ErrorBody | null;
}
