import { AppError } from "../../../errors/app-error.ts";
import { streamHostLogs } from "../../host-client.ts";
import type { Endpoint, LogLine } from "../../runtime.ts";
import type { FlyEvent, FlyMachine } from "../api/schemas.ts";
import type { Clock } from "../clock.ts";
import { formatEvent, isGone } from "./machine-state.ts";

export interface LogSource {
  endpoint: Endpoint;
  hostToken: string;
  /** Fetches the machine from Fly, which does not wake it; null when it is gone. */
  probe: () => Promise<FlyMachine | null>;
  lastCallAt: () => Promise<Date | null>;
  clock: Clock;
  signal: AbortSignal;
}

const PROBE_INTERVAL_MS = 5_000;
/**
 * How long after its last call or start a machine counts as active and its log is followed. Fly counts an open stream as use, so
 * that a forgotten page would otherwise keep the machine awake for ever.
 */
const ACTIVE_MS = 2 * 60_000;
const MAX_SEEN_EVENTS = 200;

/** Streams Fly's events of a machine, and mcp-host's log while the machine is active. Neither wakes the machine nor keeps it awake. */
export async function* streamMachineLogs(source: LogSource): AsyncGenerator<LogLine> {
  const { clock, signal } = source;
  const seenEvents = new Set<string>();
  let awakeSinceMs: number | null = null;
  let asleepSaid = false;
  let wasThere = false;
  const seenLines = new SeenLines();
  while (!signal.aborted) {
    const machine = await probeMachine(source);
    if (machine !== undefined) {
      if (machine === null || isGone(machine)) {
        if (wasThere) yield toHostLine("the machine is gone", clock.nowMs());
        return;
      }
      wasThere = true;
      yield* listNewEvents(machine.events ?? [], seenEvents);
      const isAwake = machine.state === "started";
      if (isAwake) awakeSinceMs ??= clock.nowMs();
      else awakeSinceMs = null;
      if (!isAwake && !asleepSaid) yield toAsleepLine(machine, clock.nowMs());
      asleepSaid = !isAwake;
      if (awakeSinceMs !== null && (await isActive(source, awakeSinceMs))) {
        yield* followHostLog(source, awakeSinceMs, seenLines);
      }
    }
    if (!signal.aborted) await clock.sleep(PROBE_INTERVAL_MS, signal);
  }
}

/** Probes the machine; undefined after a transient failure. */
async function probeMachine({ probe: ask, signal }: LogSource): Promise<FlyMachine | null | undefined> {
  try {
    return await ask();
  } catch (error) {
    // A transient failure does not end the log.
    if (signal.aborted || (error instanceof AppError && error.retryAfterS !== undefined)) return undefined;
    throw error;
  }
}

async function isActive({ lastCallAt, clock }: LogSource, awakeSinceMs: number): Promise<boolean> {
  const lastCallMs = (await lastCallAt().catch(() => null))?.getTime() ?? 0;
  return clock.nowMs() - Math.max(lastCallMs, awakeSinceMs) < ACTIVE_MS;
}

/** Streams mcp-host's new lines until the machine is idle or the stream ends. */
async function* followHostLog(source: LogSource, awakeSinceMs: number, seen: SeenLines): AsyncGenerator<LogLine> {
  const { endpoint, hostToken, clock, signal } = source;
  const idle = new AbortController();
  const ended = AbortSignal.any([signal, idle.signal]);
  void (async () => {
    while (!ended.aborted) {
      await clock.sleep(ACTIVE_MS / 4, ended);
      if (!ended.aborted && !(await isActive(source, awakeSinceMs))) idle.abort();
    }
  })();
  try {
    for await (const line of streamHostLogs(endpoint, hostToken, ended)) if (seen.isNew(line)) yield line;
  } catch {
    // The machine is suspended or changing state. The next probe tells.
  } finally {
    idle.abort();
  }
}

/** Drops the stored lines that each stream repeats. Lines are ordered by time, which mcp-host never turns back. */
class SeenLines {
  #lastTime = "";
  #atLastTime = new Set<string>();

  isNew({ time, stream, line }: LogLine): boolean {
    if (time < this.#lastTime) return false;
    if (time > this.#lastTime) this.#atLastTime.clear();
    this.#lastTime = time;
    const key = `${stream} ${line}`;
    if (this.#atLastTime.has(key)) return false;
    this.#atLastTime.add(key);
    return true;
  }
}

function* listNewEvents(events: FlyEvent[], seen: Set<string>): Generator<LogLine> {
  // Fly lists the newest event first.
  for (const event of [...events].sort((a, b) => a.timestamp - b.timestamp)) {
    const id = event.id || `${event.timestamp} ${event.type} ${event.status}`;
    if (seen.has(id)) continue;
    seen.add(id);
    yield toHostLine(formatEvent(event), event.timestamp);
  }
  for (const id of seen) {
    if (seen.size <= MAX_SEEN_EVENTS) break;
    seen.delete(id);
  }
}

function toAsleepLine({ state, events }: FlyMachine, nowMs: number): LogLine {
  const sinceMs = Math.max(0, ...(events ?? []).map(({ timestamp }) => timestamp));
  const since = sinceMs > 0 ? ` since ${new Date(sinceMs).toISOString()}` : "";
  const what =
    state === "suspended" || state === "stopped" ? `the machine is asleep${since}` : `the machine is ${state}`;
  return toHostLine(`${what}; its log is followed again when it is awake`, nowMs);
}

function toHostLine(line: string, timeMs: number): LogLine {
  return { time: new Date(timeMs).toISOString(), stream: "host", line };
}
