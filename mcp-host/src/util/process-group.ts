/** Signals a process that leads a group of its own (`detached`), and all that it has started. No process, no signal. */
export function killGroup(pid: number | null | undefined, signal: NodeJS.Signals): void {
  if (pid == null) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
