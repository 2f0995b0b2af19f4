import { AppError } from "../../errors/app-error.ts";
import type { ErrorCode } from "../../errors/codes.ts";
import { FlyError } from "./fly-error.ts";
import { withoutTokens } from "./token.ts";

const CAPACITY =
  /insufficient (?:resources|capacity|memory|cpu)|could not reserve|no capacity|not enough (?:room|capacity|resources)|capacity (?:reached|exhausted)/i;
const IMAGE =
  /manifest|image.{0,40}(?:not found|unknown|does not exist|could not|pull)|(?:pull|find|resolve|fetch|get).{0,40}image|repository.{0,40}not found/i;
/** Plain enough to be believed of an answer that calls itself a failure of Fly's own. */
const NO_IMAGE = /(?:image|manifest|repository).{0,80}(?:unknown|not found|does not exist|denied|unauthorized)/i;
const RETRY_S = 15;

interface Said {
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
  const { code, message, hint, retryAfterS } = meaning(thrown, doing, region);
  return new AppError(code, message, { hint, detail: detailOf(thrown), retryAfterS, cause: thrown });
}

/** What has to be known to ask Fly's support, and Fly's own words. No token. */
export function detailOf({ message, request, status, requestId }: FlyError): string {
  const answer = status === 0 ? "no usable answer" : `status ${status}`;
  const lines = [`Fly: ${message}`, `${request}: ${answer}`];
  if (requestId) lines.push(`fly-request-id: ${requestId}`);
  return withoutTokens(lines.join("\n"));
}

function meaning(error: FlyError, doing: string, region: string | undefined): Said {
  const { status, message } = error;
  if (error.code === "insufficient_capacity" || error.code === "volume_placement_capacity" || CAPACITY.test(message)) {
    return noCapacity(region);
  }
  if (error.code === "name_taken") return nameTaken();
  if (status === 401 || status === 403) {
    return {
      code: "fly_token_refused",
      message: status === 401 ? "Fly does not accept the token." : "Fly's token may not do this.",
      hint: "Make an organisation token and put it in under Settings → Machines.",
    };
  }
  if (status === 429) {
    return {
      code: "fly_rate_limited",
      message: "Fly answers no more requests for now.",
      hint: "Catwalk slows down by itself. Try again in a moment.",
      retryAfterS: Math.ceil((error.retryAfterMs ?? RETRY_S * 1_000) / 1_000),
    };
  }
  if (status === 404) return machineMissing();
  if (NO_IMAGE.test(message)) return imageNotFound();
  if (error.retryable) {
    return {
      code: "machine_unavailable",
      message: status === 0 || status === 408 ? `Fly did not answer: it should ${doing}.` : `Fly could not ${doing}.`,
      hint: "Try again in a moment. If it stays, see Fly's status page.",
      retryAfterS: RETRY_S,
    };
  }
  if (IMAGE.test(message)) return imageNotFound();
  if (status === 409 || status === 412) {
    return {
      code: "machine_unavailable",
      message: "The machine is being changed by somebody else.",
      hint: "Try again in a moment.",
      retryAfterS: RETRY_S,
    };
  }
  return {
    code: "machine_unavailable",
    message: `Fly refused to ${doing}.`,
    hint: "The detail has Fly's own words.",
  };
}

export function noCapacity(region: string | undefined): Said {
  return {
    code: "no_capacity",
    message: `Fly has no room for this machine${region ? ` in the region ${region}` : " in its region"} now.`,
    hint: "Choose another region, or try again later.",
  };
}

export function imageNotFound(): Said {
  return {
    code: "image_not_found",
    message: "Fly cannot find or pull the image of mcp-host.",
    hint: "Check MCP_HOST_IMAGE under Settings → Machines; docs/deploy.md says how to push one.",
  };
}

export function machineMissing(): Said {
  return {
    code: "machine_missing",
    message: "The machine was destroyed outside of Catwalk.",
    hint: "Repair makes it anew.",
  };
}

export function nameTaken(): Said {
  return {
    code: "app_name_taken",
    message: "The name of this deployment's app is used by somebody else on Fly.",
    hint: "Delete the deployment and deploy it anew: it gets another name.",
  };
}

/** An AppError of what was said. */
export function failureOf({ code, message, hint, retryAfterS }: Said, detail?: string): AppError {
  return new AppError(code, message, { hint, retryAfterS, detail: detail && withoutTokens(detail) });
}

/** Runs work with Fly, and says what Fly's answers mean. */
export async function atFly<T>(doing: string, work: () => Promise<T>, region?: string): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw toFlyFailure(thrown, doing, region);
  }
}

/** Whether a machine's own words speak of an image that is not there. */
export function speaksOfImage(text: string): boolean {
  return IMAGE.test(text);
}

/** Whether they speak of a lack of room. */
export function speaksOfCapacity(text: string): boolean {
  return CAPACITY.test(text);
}
