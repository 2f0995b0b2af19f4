import type { LogLine } from "@/lib/runtime/runtime";

/** One displayed line: numbered for React, without terminal colors, at most 4,000 characters long. */
export interface ShownLine extends LogLine {
  id: number;
}

export interface LogBuffer {
  lines: ShownLine[];
  nextId: number;
  /** Number of the oldest lines that were dropped to keep the page fast. */
  droppedCount: number;
  /** Time up to which lines are known, while a reconnected stream replays stored lines. Else null. */
  replayUntil: string | null;
}

export const MAX_BUFFERED_LINES = 2_000;
const MAX_LINE_LENGTH = 4_000;

export const EMPTY_LOG_BUFFER: LogBuffer = { lines: [], nextId: 1, droppedCount: 0, replayUntil: null };

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences consist of control characters
const TERMINAL_SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the remaining ones must not reach the page either
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Removes terminal colors and control characters from a line and cuts it at 4,000 characters. */
export function toPlainLine(line: string): string {
  const head = line.length > MAX_LINE_LENGTH * 2 ? line.slice(0, MAX_LINE_LENGTH * 2) : line;
  const plain = head.replace(TERMINAL_SEQUENCES, "").replace(CONTROL_CHARACTERS, "");
  return plain.length > MAX_LINE_LENGTH || head !== line ? `${plain.slice(0, MAX_LINE_LENGTH)} …` : plain;
}

/** Parses a log line as the app sends it. Returns null for anything else. */
export function parseLogLine(data: string): LogLine | null {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { time, stream, line } = value as Record<string, unknown>;
  if (typeof time !== "string" || typeof line !== "string") return null;
  if (stream !== "stderr" && stream !== "stdout" && stream !== "host") return null;
  return { time, stream, line };
}

/** Records that the stream was opened again and will replay stored lines before it continues. */
export function markReopened(buffer: LogBuffer): LogBuffer {
  return { ...buffer, replayUntil: buffer.lines.at(-1)?.time ?? null };
}

/** Appends lines, without those that a reopened stream replays. Drops the oldest lines past 2,000. */
export function appendLines(buffer: LogBuffer, incoming: LogLine[]): LogBuffer {
  if (incoming.length === 0) return buffer;
  let { nextId, replayUntil } = buffer;
  const added: ShownLine[] = [];
  for (const line of incoming) {
    const shown = { time: line.time, stream: line.stream, line: toPlainLine(line.line) };
    if (replayUntil !== null) {
      if (line.time < replayUntil) continue;
      if (line.time === replayUntil && buffer.lines.some((known) => isSame(known, shown))) continue;
      if (line.time > replayUntil) replayUntil = null;
    }
    added.push({ ...shown, id: nextId });
    nextId += 1;
  }
  const all = [...buffer.lines, ...added];
  const surplus = Math.max(0, all.length - MAX_BUFFERED_LINES);
  return {
    lines: surplus === 0 ? all : all.slice(surplus),
    nextId,
    droppedCount: buffer.droppedCount + surplus,
    replayUntil,
  };
}

const isSame = (a: LogLine, b: LogLine) => a.time === b.time && a.stream === b.stream && a.line === b.line;

/** Formats the lines as a text file. */
export function formatLog(lines: LogLine[]): string {
  return lines.map(({ time, stream, line }) => `${time} ${stream.padEnd(6)} ${line}\n`).join("");
}
