/** Deadline of a wait in a test, far above anything that happens on the slowest machine. */
export const PATIENCE_MS = 60_000;
/** The same for a wait that includes a remote registry. */
export const INSTALL_PATIENCE_MS = 300_000;
