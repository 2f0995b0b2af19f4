/**
 * Waits for a promise for at most `timeoutMs` milliseconds. The work behind the promise goes on after a timeout: pass it an
 * AbortSignal where it can be stopped.
 *
 * @param message what the TimeoutError says
 * @throws TimeoutError when the time is up, and whatever the promise rejects with before that
 */
export async function withTimeout<T>(
  promise: Promise<T>,
  timeoutMs: number,
  message = `no answer within ${timeoutMs} ms`,
): Promise<T> {
  const timer = Promise.withResolvers<never>();
  const handle = setTimeout(() => timer.reject(new TimeoutError(message)), timeoutMs);
  return await Promise.race([promise, timer.promise]).finally(() => clearTimeout(handle));
}

/** Waits for a promise for at most `timeoutMs` milliseconds. Returns null when the time is up; rejects as the promise does. */
export async function orNullAfter<T>(promise: Promise<T>, timeoutMs: number): Promise<T | null> {
  const timer = Promise.withResolvers<null>();
  const handle = setTimeout(() => timer.resolve(null), timeoutMs);
  return await Promise.race([promise, timer.promise]).finally(() => clearTimeout(handle));
}

/** The time for an answer is up. It has the name that `AbortSignal.timeout` gives its reason. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}
