import { AppError } from "../../../errors/app-error.ts";
import type { ErrorCode } from "../../../errors/codes.ts";
import { FlyError } from "../api/fly-error.ts";
import { redactTokens } from "../api/token.ts";
import { formatRegion } from "../regions.ts";

const CAPACITY =
  /insufficient (?:resources|capacity|memory|cpu)|could not reserve|(?:no|at) capacity|not enough (?:room|capacity|resources)|capacity (?:reached|exhausted)/i;
/** The organization's quota in a region is used up. */
const QUOTA = /over the allowed quota|quota (?:is )?(?:exceeded|reached|used up)|exceed\w* .{0,40}quota/i;
/** Fly's answer to every request until the account is paid for. */
const PAYMENT =
  /trial (?:has |is )?(?:ended|expired|over)|add a (?:credit card|payment method)|payment (?:information|method|required)|past due|overdue/i;
/** A region that does not exist, or no longer. */
const REGION =
  /\bregion\b.{0,40}(?:not (?:known|found|available|supported|valid)|unknown|invalid|deprecated|retired|does not exist)|(?:unknown|invalid|unsupported) region/i;
const IMAGE =
  /manifest|image.{0,40}(?:not found|unknown|does not exist|could not|pull)|(?:pull|find|resolve|fetch|get).{0,40}image|repository.{0,40}not found/i;
/** Specific enough to be trusted even in a 5xx answer. */
const NO_IMAGE = /(?:image|manifest|repository).{0,80}(?:unknown|not found|does not exist|denied|unauthorized)/i;
const RETRY_AFTER_S = 15;
/** The pattern needs a bound, and the cause is among the first events. */
const MAX_EVENTS_CHARACTERS = 10_000;

interface FailureText {
  code: ErrorCode;
  message: string;
  hint: string;
  retryAfterS?: number;
}

/**
 * Translates a FlyError into an AppError for a person. A transient one has `retryAfterS`. Returns anything else unchanged.
 *
 * @param doing the operation, to follow "Fly did not …"
 */
function toFlyFailure(thrown: unknown, doing: string, region?: string): unknown {
  if (!(thrown instanceof FlyError)) return thrown;
  const { code, message, hint, retryAfterS } = explainFlyError(thrown, doing, region);
  return new AppError(code, message, { hint, detail: formatFlyError(thrown), retryAfterS, cause: thrown });
}

/** Formats Fly's own words and what its support asks for. Holds no token. */
export function formatFlyError({ message, request, status, requestId }: FlyError): string {
  const answer = status === 0 ? "no usable answer" : `status ${status}`;
  const lines = [`Fly: ${message}`, `${request}: ${answer}`];
  if (requestId) lines.push(`fly-request-id: ${requestId}`);
  return redactTokens(lines.join("\n"));
}

/** Explains Fly's answer to a person. Takes the parameters of `toFlyFailure` and never throws. */
export function explainFlyError(error: FlyError, doing: string, region?: string): FailureText {
  const { status, message } = error;
  if (PAYMENT.test(message)) return paymentNeeded();
  if (QUOTA.test(message)) return overQuota(region);
  if (isOutOfCapacity(error)) return noCapacity(region);
  if (REGION.test(message)) return noRegion(region);
  if (error.code === "name_taken") return nameTaken();
  if (status === 401 || status === 403) {
    return {
      code: "fly_token_refused",
      message: status === 401 ? "Fly does not accept the token." : "The Fly token does not permit this.",
      hint: "Create an organization token and enter it under Settings → Machines.",
    };
  }
  if (status === 429) {
    return {
      code: "fly_rate_limited",
      message: "Fly accepts no more requests for now.",
      hint: "Catwalk slows down by itself. Try again in a moment.",
      retryAfterS: Math.ceil((error.retryAfterMs ?? RETRY_AFTER_S * 1_000) / 1_000),
    };
  }
  if (status === 404) return machineMissing();
  if (NO_IMAGE.test(message)) return imageNotFound();
  if (error.isRetryable) {
    return {
      code: "machine_unavailable",
      message:
        status === 0 || status === 408 ? `Fly did not answer the request to ${doing}.` : `Fly could not ${doing}.`,
      hint: "Try again in a moment. If it keeps failing, see Fly's status page.",
      retryAfterS: RETRY_AFTER_S,
    };
  }
  if (IMAGE.test(message)) return imageNotFound();
  if (status === 409 || status === 412) {
    return {
      code: "machine_unavailable",
      message: "Another client is changing the machine.",
      hint: "Try again in a moment.",
      retryAfterS: RETRY_AFTER_S,
    };
  }
  return {
    code: "machine_unavailable",
    message: `Fly refused to ${doing}.`,
    hint: "The detail has Fly's own words.",
  };
}

export function noCapacity(region: string | undefined): FailureText {
  return {
    code: "no_capacity",
    message: `Fly has no room for this machine in ${region ? formatRegion(region) : "its region"} now.`,
    hint: "Choose another region, or try again later.",
  };
}

function overQuota(region: string | undefined): FailureText {
  return {
    code: "no_capacity",
    message: `Fly's quota for this organization is used up${region ? ` in ${formatRegion(region)}` : ""}.`,
    hint: "Choose another region, delete deployments that you do not need, or ask Fly for a larger quota.",
  };
}

function noRegion(region: string | undefined): FailureText {
  return {
    code: "no_capacity",
    message: `Fly makes no machines in ${region ? formatRegion(region) : "this region"}.`,
    hint: "Choose another region.",
  };
}

function paymentNeeded(): FailureText {
  return {
    code: "fly_payment_needed",
    message: "Fly does nothing for this organization until it is paid for.",
    hint: "The trial has ended, or a bill is open: see the organization's billing page at fly.io. Machines work again afterwards.",
  };
}

export function imageNotFound(): FailureText {
  return {
    code: "image_not_found",
    message: "Fly cannot find or pull the image of mcp-host.",
    hint: "Check the image under Settings → Machines. Settings → Set-up has the command that pushes one.",
  };
}

export function machineMissing(): FailureText {
  return {
    code: "machine_missing",
    message: "The machine was destroyed outside of Catwalk.",
    hint: "Select Repair to recreate the machine.",
  };
}

export function nameTaken(): FailureText {
  return {
    code: "app_name_taken",
    message: "Another organization on Fly uses the name of this deployment's app.",
    hint: "Delete the deployment and deploy it again: it gets another name. If Catwalk's organization was changed under Settings → Machines, the app is in the previous one: set that again first.",
  };
}

/** Makes an AppError of a failure text. */
export function toFailure({ code, message, hint, retryAfterS }: FailureText, detail?: string): AppError {
  return new AppError(code, message, { hint, retryAfterS, detail: detail && redactTokens(detail) });
}

/** Runs work with Fly and translates its FlyErrors. Parameters as `toFlyFailure`. */
export async function translateFlyErrors<T>(doing: string, work: () => Promise<T>, region?: string): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw toFlyFailure(thrown, doing, region);
  }
}

/**
 * Tells whether a refusal lasts, even where its status suggests a retry or a bad token. Fly answers a lack of capacity, a used-up
 * quota and an unpaid account with any of 403, 409, 412 and 422.
 */
export function isPermanent(error: FlyError): boolean {
  return isOutOfCapacity(error) || [PAYMENT, QUOTA, REGION].some((words) => words.test(error.message));
}

function isOutOfCapacity({ code, message }: FlyError): boolean {
  return code === "insufficient_capacity" || code === "volume_placement_capacity" || CAPACITY.test(message);
}

/** Tells whether a machine's events mention a missing image. */
export function mentionsMissingImage(text: string): boolean {
  return IMAGE.test(text.slice(0, MAX_EVENTS_CHARACTERS));
}

/** Tells whether a machine's events mention a lack of capacity. */
export function mentionsCapacity(text: string): boolean {
  return CAPACITY.test(text);
}
