import assert from "node:assert/strict";
import { PATIENCE_MS } from "./patience.ts";

/** Polls a probe until its value is truthy and returns that value. Fails after `patienceMs` milliseconds. */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<Exclude<T, false | null | undefined | "">> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const value = await probe();
    if (value) return value as Exclude<T, false | null | undefined | "">;
    assert(performance.now() < deadline, `did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
