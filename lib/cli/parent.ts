const CHECK_EVERY_MS = 250;

/**
 * Calls back once when npm, which started this process, was killed and could not pass the signal on. A process that npm did not
 * start may outlive its parent, as daemons do.
 */
export function onParentGone(callback: () => void): void {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, CHECK_EVERY_MS).unref();
}
