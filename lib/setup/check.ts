import { requireOwner, type SessionUser } from "../auth/user.ts";
import { toAppError } from "../errors/app-error.ts";

/** Whether something works, is left out and may stay so, or needs somebody to act. */
export type CheckState = "good" | "optional" | "bad";

/** What a check found. Never a secret. */
export interface CheckResult {
  state: CheckState;
  /** How it is, in a sentence. */
  message: string;
  /** What to do about it, exactly; null when there is nothing to do. */
  todo: string | null;
  /** What to type for it, where a command or a setting does it. */
  command?: string;
  /** The page where it is done. */
  page?: { href: string; label: string };
  /** What helps an operator: a service's own words, the id of its answer. */
  detail?: string;
}

/** One thing that Catwalk needs or can use. */
export interface SetupCheck {
  id: string;
  title: string;
  /** After so long the page says that there was no answer. */
  timeoutMs: number;
  run(user: SessionUser): Promise<CheckResult>;
}

export const CONNECTIONS_PAGE = { href: "/settings/connections", label: "Settings → Connections" };
export const MACHINES_PAGE = { href: "/settings/machines", label: "Settings → Machines" };

/**
 * Looks once, for at most the check's time. What the look throws is a result too: the sentence of an AppError, or that the
 * check itself failed.
 *
 * @throws AppError `forbidden` for everyone but the owner
 */
export async function runCheck(check: SetupCheck, user: SessionUser): Promise<CheckResult> {
  requireOwner(user);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve(toNoAnswer(check)), check.timeoutMs);
  });
  return Promise.race([check.run(user).catch(toFailure), late]).finally(() => clearTimeout(timer));
}

function toNoAnswer({ timeoutMs }: SetupCheck): CheckResult {
  return {
    state: "bad",
    message: `There was no answer within ${timeoutMs / 1_000} seconds.`,
    todo: "Check again. If it stays, see whether this host can reach the service.",
  };
}

function toFailure(thrown: unknown): CheckResult {
  const { code, message, hint, detail } = toAppError(thrown);
  if (code !== "internal") return { state: "bad", message, todo: hint, ...(detail && { detail }) };
  console.error(thrown);
  return { state: "bad", message: "This could not be checked.", todo: "Catwalk’s own log says why." };
}
