import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Time without a request after which garbage is collected, in milliseconds. */
const IDLE_MS = 10_000;

/**
 * Collects garbage once the app is idle. V8 collects when memory is allocated, so what the last clients left would stay until others
 * come. Everything is collected once, after ten seconds without a request.
 *
 * @param countRequests the number of requests that have arrived until now
 * @returns the function that stops it
 */
export function collectWhenIdle(countRequests: () => number): () => void {
  // `npm start` and the image start Node without options, so that signals reach it and no shell stands in between.
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as NonNullable<typeof gc>;
  let last = countRequests();
  let collected: number | null = null;
  const timer = setInterval(() => {
    const now = countRequests();
    const isIdle = now === last;
    last = now;
    if (!isIdle || now === collected) return;
    collected = now;
    // As under memory pressure: drops code that has not run lately and shrinks the heap.
    void collect({ type: "major", execution: "async", flavor: "last-resort" });
  }, IDLE_MS).unref();
  return () => clearInterval(timer);
}
