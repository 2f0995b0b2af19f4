import { headers } from "next/headers";
import { unstable_rethrow } from "next/navigation";
import type { z } from "zod";
import { withOrigin } from "../admin-log/origin.ts";
import { getCurrentUser } from "../auth/session.ts";
import type { SessionUser } from "../auth/user.ts";
import { AppError, type ErrorBody, toAppError } from "../errors/app-error.ts";
import { findClientAddress } from "./client-address.ts";

export type ActionResult<T> = { ok: true; data: T } | { ok: false; error: ErrorBody };

/**
 * Creates a server action for people who are signed in. The schema checks the input, and every failure is returned as a value,
 * with a sentence for each bad field. Next refuses calls from other sites: it compares Origin and Host for every action.
 */
export function userAction<S extends z.ZodType, T>(
  schema: S,
  work: (input: z.output<S>, user: SessionUser) => Promise<T>,
): (input: z.input<S>) => Promise<ActionResult<T>> {
  return async (input) =>
    result(async () => {
      const user = await getCurrentUser();
      if (!user) throw new AppError("unauthenticated", "Your session has ended.", { hint: "Sign in again." });
      const origin = { userId: user.id, address: findClientAddress(await headers()), via: "session" } as const;
      return withOrigin(origin, () => work(parse(schema, input), user));
    });
}

/** Creates a server action that needs no session. */
export function publicAction<S extends z.ZodType, T>(
  schema: S,
  work: (input: z.output<S>) => Promise<T>,
): (input: z.input<S>) => Promise<ActionResult<T>> {
  return async (input) =>
    result(async () => {
      const origin = { userId: null, address: findClientAddress(await headers()), via: null };
      return withOrigin(origin, () => work(parse(schema, input)));
    });
}

async function result<T>(work: () => Promise<T>): Promise<ActionResult<T>> {
  try {
    return { ok: true, data: await work() };
  } catch (thrown) {
    // Redirects and "not found" are thrown too. Next handles them.
    unstable_rethrow(thrown);
    const error = toAppError(thrown);
    if (error.code === "internal") console.error(thrown);
    return { ok: false, error: error.toBody() };
  }
}

function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const fields: Record<string, string> = {};
  for (const issue of parsed.error.issues) fields[issue.path.join(".")] ??= issue.message;
  throw new AppError("invalid_request", "Some of this is not right yet.", { fields });
}
