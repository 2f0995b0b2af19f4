import { requireAdmin, type SessionUser } from "../auth/user.ts";
import { toAppError } from "../errors/app-error.ts";
import { orNullAfter } from "../util/timeout.ts";

/** `good` works, `optional` is not set and may stay so, `bad` needs a person to act. */
export type CheckState = "good" | "optional" | "bad";

/** The result of a check. Never holds a secret. */
export interface CheckResult {
  state: CheckState;
  /** The finding, in a sentence. */
  message: string;
  /** The exact next step, or null. */
  todo: string | null;
  /** The command or setting that does it. */
  command?: string;
  /** The page on which it is done. */
  page?: { href: string; label: string };
  /** Help for an operator: a service's own words, the id of its answer. */
  detail?: string;
}

/** A check of one thing that Catwalk needs or can use. */
export interface SetupCheck {
  id: string;
  title: string;
  /** How long the check may take before the page says that there was no answer. */
  timeoutMs: number;
  run(user: SessionUser): Promise<CheckResult>;
}

export const CONNECTIONS_PAGE = { href: "/settings/connections", label: "Settings → Connections" };
export const MACHINES_PAGE = { href: "/settings/machines", label: "Settings → Machines" };

/**
 * Runs a check within its timeout. Turns what it throws into a result: the sentence of an AppError, or that the check itself
 * failed.
 *
 * @throws AppError `forbidden` for members
 */
export async function runCheck(check: SetupCheck, user: SessionUser): Promise<CheckResult> {
  requireAdmin(user);
  return (await orNullAfter(check.run(user).catch(toFailure), check.timeoutMs)) ?? toNoAnswer(check);
}

function toNoAnswer({ timeoutMs }: SetupCheck): CheckResult {
  return {
    state: "bad",
    message: `There was no answer within ${timeoutMs / 1_000} seconds.`,
    todo: "Check again. If it keeps failing, make sure that this host can reach the service.",
  };
}

function toFailure(thrown: unknown): CheckResult {
  const { code, message, hint, detail } = toAppError(thrown);
  if (code !== "internal") return { state: "bad", message, todo: hint, ...(detail && { detail }) };
  console.error(thrown);
  return { state: "bad", message: "This could not be checked.", todo: "Catwalk’s own log says why." };
}
