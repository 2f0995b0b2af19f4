"use client";

import { type RefObject, useEffect, useRef, useState } from "react";
import { toast } from "@/components/ui/toast";
import type { ErrorBody } from "@/lib/errors/app-error";
import type { ActionResult } from "@/lib/http/user-action";

export type ServerAction<I, T> = (input: I) => Promise<ActionResult<T>>;

export interface ServerActionOptions {
  /** The failure of a form that was sent before this page was interactive. */
  initialError?: ErrorBody | null;
  /** Shows a failure as a toast, for buttons that have no place of their own for it. */
  hasErrorToast?: boolean;
  /** Runs after each call, successful or not. */
  onSettled?: () => void;
}

export interface ServerActionState<I, T> {
  /** Calls the action. Resolves to its result and never rejects: a lost connection is a result, too. */
  run: ServerAction<I, T>;
  isBusy: boolean;
  /** The failure of the last call, or null. */
  error: ErrorBody | null;
  /** One sentence for each invalid field, by the field's name. */
  fields: Record<string, string>;
  /** The failure as one text for above the fields, or null when the fields already say it. */
  problem: string | null;
  /** Shows errors that the browser found without calling the action. */
  setFields: (fields: Record<string, string>) => void;
  /** Removes the last failure. */
  clear: () => void;
  /** Attach to the form: after an error the first invalid field gets the focus. */
  form: RefObject<HTMLFormElement | null>;
}

const UNREACHABLE: ErrorBody = {
  code: "internal",
  message: "Catwalk did not answer.",
  hint: "Check your connection and try again.",
  docs: "docs/errors.md#internal",
};

/** Calls a server action from a form or a button and tracks the call: busy, failed, and which fields are invalid. */
export function useServerAction<I, T>(
  action: ServerAction<I, T>,
  { initialError = null, hasErrorToast = false, onSettled }: ServerActionOptions = {},
): ServerActionState<I, T> {
  const [error, setError] = useState(initialError);
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
    if (!result.ok) {
      setError(result.error);
      if (hasErrorToast) toast.error(result.error.message, { description: result.error.hint ?? undefined });
    }
    onSettled?.();
    return result;
  }

  function setFields(fields: Record<string, string>) {
    setError({ code: "invalid_request", message: "Some fields are not valid yet.", hint: null, docs: "", fields });
  }

  const fields = error?.fields ?? {};
  const problem =
    error && Object.keys(fields).length === 0 ? [error.message, error.hint].filter(Boolean).join(" ") : null;
  return { run, isBusy, error, fields, problem, setFields, clear: () => setError(null), form };
}
