/** Formats a duration: "340 ms", "3.2 s", "2 min 05 s", "1 h 04 min". */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** Formats the duration of a running step: tenths of a second from the start, so that its width hardly changes. */
export function formatRunning(durationMs: number): string {
  return durationMs < 1_000 ? `${(Math.max(0, durationMs) / 1_000).toFixed(1)} s` : formatDuration(durationMs);
}

/** Formats a size in powers of 1,000: "812 B", "3.4 kB", "12 MB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const units = ["kB", "MB", "GB"];
  let value = bytes;
  let unit = "B";
  for (const next of units) {
    if (value < 999.5) break;
    value /= 1_000;
    unit = next;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** Returns the host of an https URL without credentials, or null for everything else, which must not become a link. */
export function parseHttpsHost(url: string): string | null {
  try {
    const parsed = new URL(url);
    return parsed.protocol === "https:" && parsed.username === "" && parsed.password === "" ? parsed.host : null;
  } catch {
    return null;
  }
}
