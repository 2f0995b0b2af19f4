import { z } from "zod";
import { parseEvents } from "../http/sse.ts";
import type { Endpoint, LogLine } from "./runtime.ts";

const MAX_STATUS_BYTES = 256 * 1024;
const MAX_EVENT_CHARACTERS = 64 * 1024;

/** The fields of mcp-host's GET /status that Catwalk reads. */
const statusSchema = z.object({
  phase: z.enum(["installing", "starting", "running", "backoff", "failed", "stopping"]),
  error: z.object({ code: z.string(), message: z.string() }).nullable().catch(null),
  stderrTail: z.array(z.string()).catch([]),
  /** Calls in flight; 0 for an older mcp-host, which does not report them. */
  callsInFlight: z.number().catch(0),
});

export type HostStatus = z.infer<typeof statusSchema>;

const logLineSchema = z.object({
  time: z.string().max(100),
  stream: z.enum(["stderr", "stdout", "host"]),
  line: z.string(),
});

/**
 * Probes a machine's mcp-host.
 *
 * @throws TypeError or DOMException when it does not answer in time, Error for an answer that is not a status
 */
export async function fetchHostStatus(endpoint: Endpoint, hostToken: string, timeoutMs: number): Promise<HostStatus> {
  const response = await fetch(`${endpoint.url}/status`, {
    headers: { authorization: `Bearer ${hostToken}` },
    signal: AbortSignal.timeout(timeoutMs),
    cache: "no-store",
    redirect: "error",
  });
  const text = await readText(response, MAX_STATUS_BYTES);
  if (response.status !== 200) throw new Error(`mcp-host answered /status with ${response.status}`);
  return statusSchema.parse(JSON.parse(text));
}

/** Largest lock that is kept. One of a thousand packages has some 150 KB. */
const MAX_LOCK_BYTES = 1024 * 1024;
const lockSchema = z.object({ lock: z.string().max(MAX_LOCK_BYTES).nullable() });

/**
 * Fetches what a machine has installed, with hashes, as text for MCP_PACKAGE_LOCK. Null when it is not known or too large, or when an
 * older mcp-host does not tell. Throws as `fetchHostStatus`.
 */
export async function fetchPackageLock(
  endpoint: Endpoint,
  hostToken: string,
  timeoutMs: number,
): Promise<string | null> {
  const response = await fetch(`${endpoint.url}/package-lock`, {
    headers: { authorization: `Bearer ${hostToken}` },
    signal: AbortSignal.timeout(timeoutMs),
    cache: "no-store",
    redirect: "error",
  });
  const text = await readText(response, 2 * MAX_LOCK_BYTES);
  if (response.status !== 200) return null;
  return lockSchema.safeParse(JSON.parse(text)).data?.lock ?? null;
}

/** Streams GET /logs, stored lines first, until the stream ends or the signal aborts. Throws as fetch does. */
export async function* streamHostLogs(
  endpoint: Endpoint,
  hostToken: string,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const response = await fetch(`${endpoint.url}/logs`, {
    headers: { authorization: `Bearer ${hostToken}`, accept: "text/event-stream" },
    signal,
    cache: "no-store",
    redirect: "error",
  });
  if (response.status !== 200 || !response.body) throw new Error(`mcp-host answered /logs with ${response.status}`);
  for await (const event of parseEvents(response.body, { maxCharacters: MAX_EVENT_CHARACTERS })) {
    const line = parseLogLine(event.data);
    if (line) yield line;
  }
}

/** A body is longer than its reader accepts. */
export class BodyTooLargeError extends Error {
  override name = "BodyTooLargeError";
}

/** Reads a response's text. Throws BodyTooLargeError when it is longer than `maxBytes`. */
export async function readText(
  { body }: { body: AsyncIterable<Uint8Array> | null },
  maxBytes: number,
): Promise<string> {
  if (!body) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new BodyTooLargeError("the answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseLogLine(data: string): LogLine | null {
  try {
    return logLineSchema.parse(JSON.parse(data));
  } catch {
    return null;
  }
}
