const LOOK_EVERY_MS = 250;

/**
 * Calls back once when npm, which started this process, is gone without a word: it was killed, and could not pass that on. A process
 * that npm did not start may outlive its parent, as daemons do.
 */
export function onParentGone(callback: () => void): void {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, LOOK_EVERY_MS).unref();
}
