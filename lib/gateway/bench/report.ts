import { cpus, totalmem } from "node:os";

/** Returns when and on what a benchmark ran, for the line above its table. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.versions.node}`;
}

/** Returns a Markdown table. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** A figure that has to stay on one side of a bound. */
export interface Target {
  /** What was measured, in words. */
  name: string;
  bound: string;
  measured: string;
  isMet: boolean;
}

/** Returns the table that says which targets were met. */
export function formatTargets(targets: readonly Target[]): string {
  const rows = targets.map(({ name, bound, measured, isMet }) => [
    name,
    bound,
    measured,
    isMet ? "met" : "**not met**",
  ]);
  return formatTable(["target", "bound", "this run", ""], rows);
}

/** The middle value, or NaN without values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The smallest value that at least this share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Converts bytes to whole MB of 2^20 bytes. */
export function toMegabytes(bytes: number | undefined): number {
  return Math.round((bytes ?? 0) / 2 ** 20);
}

/**
 * Parses a number above 0.
 *
 * @throws Error that names the option
 */
export function parsePositive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
  return value;
}
