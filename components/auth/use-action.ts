"use client";

import { type RefObject, useEffect, useRef, useState } from "react";
import type { ErrorBody } from "@/lib/errors/app-error";
import type { ActionResult } from "@/lib/http/user-action";

export interface ActionState<I, T> {
  /** Calls the action; its result comes back too, for what a page does on success. */
  run: (input: I) => Promise<ActionResult<T>>;
  isBusy: boolean;
  /** What went wrong the last time. */
  error: ErrorBody | null;
  /** A sentence for each bad field. */
  fields: Record<string, string>;
  /** What to show above the fields: nothing where a field says it already. */
  problem: string | null;
  /** Shows an error that the browser found by itself. */
  setFields: (fields: Record<string, string>) => void;
  /** Forgets what went wrong the last time. */
  clear: () => void;
  /** For the form: after an error the first bad field has the focus. */
  form: RefObject<HTMLFormElement | null>;
}

const UNREACHABLE: ErrorBody = {
  code: "internal",
  message: "Catwalk did not answer.",
  hint: "Check your connection and try again.",
  docs: "docs/errors.md#internal",
};

/**
 * A form around a server action: busy while it runs, errors at their fields, the focus on the first of them.
 *
 * @param before what went wrong before this page
 */
export function useAction<I, T>(
  action: (input: I) => Promise<ActionResult<T>>,
  before: ErrorBody | null = null,
): ActionState<I, T> {
  const [error, setError] = useState(before);
  const [isBusy, setIsBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    if (error?.fields) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);

  async function run(input: I): Promise<ActionResult<T>> {
    setIsBusy(true);
    setError(null);
    const result = await action(input).catch(() => ({ ok: false as const, error: UNREACHABLE }));
    setIsBusy(false);
    if (!result.ok) setError(result.error);
    return result;
  }

  function setFields(fields: Record<string, string>) {
    setError({ code: "invalid_request", message: "Some of this is not right yet.", hint: null, docs: "", fields });
  }

  const fields = error?.fields ?? {};
  const problem =
    error && Object.keys(fields).length === 0 ? [error.message, error.hint].filter(Boolean).join(" ") : null;
  return { run, isBusy, error, fields, problem, setFields, clear: () => setError(null), form };
}
