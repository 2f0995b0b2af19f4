/** Signals a process that leads its own group (`detached`), and all that it has started. Does nothing without a pid. */
export function killGroup(pid: number | null | undefined, signal: NodeJS.Signals): void {
  if (pid == null) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is already gone.
  }
}
