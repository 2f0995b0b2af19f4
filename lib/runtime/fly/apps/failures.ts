import { AppError } from "../../../errors/app-error.ts";
import type { ErrorCode } from "../../../errors/codes.ts";
import { FlyError } from "../api/fly-error.ts";
import { redactTokens } from "../api/token.ts";
import { formatRegion } from "../regions.ts";

const CAPACITY =
  /insufficient (?:resources|capacity|memory|cpu)|could not reserve|(?:no|at) capacity|not enough (?:room|capacity|resources)|capacity (?:reached|exhausted)/i;
/** What an organization may have in a region is used up. */
const QUOTA = /over the allowed quota|quota (?:is )?(?:exceeded|reached|used up)|exceed\w* .{0,40}quota/i;
/** Fly answers so to every request, of whatever kind, until the account is paid for. */
const PAYMENT =
  /trial (?:has |is )?(?:ended|expired|over)|add a (?:credit card|payment method)|payment (?:information|method|required)|past due|overdue/i;
/** A region that is none, or none any more. */
const REGION =
  /\bregion\b.{0,40}(?:not (?:known|found|available|supported|valid)|unknown|invalid|deprecated|retired|does not exist)|(?:unknown|invalid|unsupported) region/i;
const IMAGE =
  /manifest|image.{0,40}(?:not found|unknown|does not exist|could not|pull)|(?:pull|find|resolve|fetch|get).{0,40}image|repository.{0,40}not found/i;
/** Plain enough to be believed of an answer that calls itself a failure of Fly's own. */
const NO_IMAGE = /(?:image|manifest|repository).{0,80}(?:unknown|not found|does not exist|denied|unauthorized)/i;
const RETRY_AFTER_S = 15;

interface FailureText {
  code: ErrorCode;
  message: string;
  hint: string;
  retryAfterS?: number;
}

/**
 * Fly's answer as what it means for a person; anything else as it was thrown. What passes by itself has `retryAfterS`.
 *
 * @param doing what was being done, to follow "Fly did not …"
 */
function toFlyFailure(thrown: unknown, doing: string, region?: string): unknown {
  if (!(thrown instanceof FlyError)) return thrown;
  const { code, message, hint, retryAfterS } = explainFlyError(thrown, doing, region);
  return new AppError(code, message, { hint, detail: formatFlyError(thrown), retryAfterS, cause: thrown });
}

/** What has to be known to ask Fly's support, and Fly's own words. No token. */
export function formatFlyError({ message, request, status, requestId }: FlyError): string {
  const answer = status === 0 ? "no usable answer" : `status ${status}`;
  const lines = [`Fly: ${message}`, `${request}: ${answer}`];
  if (requestId) lines.push(`fly-request-id: ${requestId}`);
  return redactTokens(lines.join("\n"));
}

/** What Fly's answer means for a person. Throws nothing; parameters as `toFlyFailure`. */
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
      message: status === 401 ? "Fly does not accept the token." : "Fly's token may not do this.",
      hint: "Make an organization token and put it in under Settings → Machines.",
    };
  }
  if (status === 429) {
    return {
      code: "fly_rate_limited",
      message: "Fly answers no more requests for now.",
      hint: "Catwalk slows down by itself. Try again in a moment.",
      retryAfterS: Math.ceil((error.retryAfterMs ?? RETRY_AFTER_S * 1_000) / 1_000),
    };
  }
  if (status === 404) return machineMissing();
  if (NO_IMAGE.test(message)) return imageNotFound();
  if (error.isRetryable) {
    return {
      code: "machine_unavailable",
      message: status === 0 || status === 408 ? `Fly did not answer: it should ${doing}.` : `Fly could not ${doing}.`,
      hint: "Try again in a moment. If it stays, see Fly's status page.",
      retryAfterS: RETRY_AFTER_S,
    };
  }
  if (IMAGE.test(message)) return imageNotFound();
  if (status === 409 || status === 412) {
    return {
      code: "machine_unavailable",
      message: "The machine is being changed by somebody else.",
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
    hint: "Choose another region, delete what is not needed, or ask Fly for more.",
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
    message: "Fly does nothing for this organization before it is paid for.",
    hint: "Its trial has ended, or a bill is open: see its billing page at fly.io. Machines work again afterwards.",
  };
}

export function imageNotFound(): FailureText {
  return {
    code: "image_not_found",
    message: "Fly cannot find or pull the image of mcp-host.",
    hint: "Check the image under Settings → Machines; Settings → Set-up has the commands that push one.",
  };
}

export function machineMissing(): FailureText {
  return {
    code: "machine_missing",
    message: "The machine was destroyed outside of Catwalk.",
    hint: "Repair makes it anew.",
  };
}

export function nameTaken(): FailureText {
  return {
    code: "app_name_taken",
    message: "The name of this deployment's app is used by another organization on Fly.",
    hint: "Delete the deployment and deploy it anew: it gets another name. If Catwalk's organization was changed under Settings → Machines, the app is in the one before: set that again first.",
  };
}

/** An AppError of what was said. */
export function toFailure({ code, message, hint, retryAfterS }: FailureText, detail?: string): AppError {
  return new AppError(code, message, { hint, retryAfterS, detail: detail && redactTokens(detail) });
}

/** Runs work with Fly, and says what Fly's answers mean. */
export async function translateFlyErrors<T>(doing: string, work: () => Promise<T>, region?: string): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw toFlyFailure(thrown, doing, region);
  }
}

/**
 * Whether a refusal stays one, though its status says that it may pass or that the token is at fault: Fly answers a lack of
 * room, a quota that is used up and an unpaid account with 403, 409, 412 and 422 alike.
 */
export function isPermanent(error: FlyError): boolean {
  return isOutOfCapacity(error) || [PAYMENT, QUOTA, REGION].some((words) => words.test(error.message));
}

function isOutOfCapacity({ code, message }: FlyError): boolean {
  return code === "insufficient_capacity" || code === "volume_placement_capacity" || CAPACITY.test(message);
}

/** Whether a machine's own words speak of an image that is not there. */
export function mentionsMissingImage(text: string): boolean {
  return IMAGE.test(text);
}

/** Whether they speak of a lack of room. */
export function mentionsCapacity(text: string): boolean {
  return CAPACITY.test(text);
}
