import type { ErrorBody } from "@/lib/errors/app-error";

/** An error response of the app's own API. */
export class RequestFailure extends Error {
  readonly status: number;
  /** The error that the response carries, or null when it carries none. */
  readonly error: ErrorBody | null;

  constructor(status: number, error: ErrorBody | null) {
    super(error?.message ?? `Catwalk answered with the status ${status}.`);
    this.name = "RequestFailure";
    this.status = status;
    this.error = error;
  }
}

/** Reads the error from a response of the app's own API. Returns null when the response carries none. */
export async function readError(response: Response): Promise<ErrorBody | null> {
  try {
    const body = (await response.json()) as { error?: ErrorBody };
    return body.error ?? null;
  } catch {
    return null;
  }
}

/**
 * Reads a response of the app's own API as text, so that callers can compare it before they parse it.
 *
 * @throws RequestFailure when the response is an error; TypeError or DOMException when there is no response
 */
export async function getText(path: string, signal: AbortSignal): Promise<{ text: string; response: Response }> {
  const response = await fetch(path, { signal, cache: "no-store", headers: { accept: "application/json" } });
  if (!response.ok) throw new RequestFailure(response.status, await readError(response));
  return { text: await response.text(), response };
}

/** Describes a failed request for the person. */
export function describeFailure(thrown: unknown): string {
  if (!(thrown instanceof RequestFailure)) return "Catwalk does not answer. Trying again.";
  if (thrown.status === 401) return "Your session has ended. Sign in again to continue.";
  return [thrown.message, thrown.error?.hint].filter(Boolean).join(" ");
}
