import type { ErrorBody } from "@/lib/errors/app-error";

/** What the app answered instead of the thing that was asked for. */
export class RequestFailure extends Error {
  readonly status: number;
  readonly error: ErrorBody | null;

  constructor(status: number, error: ErrorBody | null) {
    super(error?.message ?? `Catwalk answered with the status ${status}.`);
    this.name = "RequestFailure";
    this.status = status;
    this.error = error;
  }
}

/** The error in an answer of the app's own API, or null where it holds none. */
export async function readError(response: Response): Promise<ErrorBody | null> {
  try {
    const body = (await response.json()) as { error?: ErrorBody };
    return body.error ?? null;
  } catch {
    return null;
  }
}

/**
 * Reads an answer of the app's own API, as text: who asks often compares before parsing.
 *
 * @throws RequestFailure when the answer is an error; TypeError when there is no answer at all
 */
export async function getText(path: string, signal: AbortSignal): Promise<{ text: string; response: Response }> {
  const response = await fetch(path, { signal, cache: "no-store", headers: { accept: "application/json" } });
  if (!response.ok) throw new RequestFailure(response.status, await readError(response));
  return { text: await response.text(), response };
}

/** A failure in words for the page. */
export function describeFailure(thrown: unknown): string {
  if (!(thrown instanceof RequestFailure)) return "Catwalk does not answer. Trying again.";
  if (thrown.status === 401) return "Your session has ended. Sign in again to go on.";
  return [thrown.message, thrown.error?.hint].filter(Boolean).join(" ");
}
