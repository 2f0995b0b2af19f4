import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { DeploymentSnapshot } from "../deployments/deployment-snapshot.ts";
import { AppError } from "../errors/app-error.ts";
import { parseEvents } from "../http/sse.ts";
import { type CallQueue, toRecordText } from "./calls/call-queue.ts";
import type { DeploymentCache } from "./deployment-cache.ts";
import { FAILURES, GatewayError, isGatewayError } from "./errors.ts";
import type { MachineClient } from "./machines/machine-client.ts";

export interface ToolCallParts {
  deployments: DeploymentCache;
  machineClient: MachineClient;
  calls: CallQueue;
}

/** Result of a tool call, as the messages on the wire. */
export interface ToolCall {
  /** The JSON-RPC request. */
  request: Message;
  /** The JSON-RPC response: a result, which may say isError, or an error. */
  response: Message;
  /** From the request to its response, without the handshake. */
  durationMs: number;
  /** Other messages of the server, in order: progress, logs, server-initiated requests. */
  messages: Message[];
}

export interface Message {
  jsonrpc: "2.0";
  id?: string | number | null;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

/** Legacy era: every stdio server of either era is reached with it. */
const PROTOCOL_VERSION = "2025-11-25";
const CLIENT_INFO = { name: "catwalk", title: "Catwalk", version: "1" };
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_MESSAGES = 1_000;
const CALL_TIMEOUT_MS = 300_000;
const CLOSE_TIMEOUT_MS = 5_000;
const CALL_ID = 2;

export interface ToolCallOptions {
  /** Cancels the call and notifies the server. */
  signal?: AbortSignal;
  /** Receives every message before the response as it arrives. */
  onMessage?: (message: Message) => void;
}

/**
 * Calls a tool for the owner of a deployment through mcp-host, in a session of its own.
 *
 * @throws AppError `not_found` when the deployment is not this person's, `conflict` when it is stopped,
 *   `machine_unavailable` when it is out of reach or takes longer than five minutes, `handshake_failed` when its server
 *   refuses the session
 */
export async function callToolWith(
  parts: ToolCallParts,
  userId: string,
  deploymentId: string,
  name: string,
  args: Record<string, unknown>,
  { signal, onMessage = () => {} }: ToolCallOptions = {},
): Promise<ToolCall> {
  const deployment = await parts.deployments.find(deploymentId).catch(toAppError);
  if (deployment === null || deployment.ownerId !== userId) {
    throw new AppError("not_found", "Nothing of yours has this id.", { hint: "It may have been deleted." });
  }
  const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const session = new Session(parts.machineClient, deployment, signal ? AbortSignal.any([signal, timeout]) : timeout);
  try {
    await session.open();
    return await callIn(session, parts.calls, { name, args, onMessage });
  } catch (error) {
    if (!timeout.aborted) return toAppError(error);
    throw new AppError("machine_unavailable", "The tool did not answer within five minutes.", { cause: error });
  } finally {
    await session.close();
  }
}

async function callIn(
  session: Session,
  calls: CallQueue,
  { name, args, onMessage }: { name: string; args: Record<string, unknown>; onMessage: (message: Message) => void },
): Promise<ToolCall> {
  const request: Message = {
    jsonrpc: "2.0",
    id: CALL_ID,
    method: "tools/call",
    params: { name, arguments: args, _meta: { progressToken: CALL_ID } },
  };
  const messages: Message[] = [];
  const startedAt = performance.now();
  const { status, response, bytes } = await session.exchange(request, (message) => {
    if (messages.length < MAX_MESSAGES) messages.push(message);
    onMessage(message);
  });
  const durationMs = performance.now() - startedAt;
  calls.add({
    id: randomUUID(),
    deploymentId: session.deployment.deploymentId,
    accessKeyId: null,
    connectedClientId: null,
    at: new Date(),
    method: "tools/call",
    target: toRecordText(name, 256),
    httpStatus: status,
    errorCode: response.error?.code ?? null,
    durationMs: Math.round(durationMs),
    requestBytes: Buffer.byteLength(JSON.stringify(request)),
    responseBytes: bytes,
    client: CLIENT_INFO.title,
    usedMachine: true,
  });
  return { request, response, durationMs, messages };
}

class Session {
  readonly deployment: DeploymentSnapshot;
  readonly #machineClient: MachineClient;
  readonly #signal: AbortSignal;
  readonly #headers: Record<string, string> = {
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
  };
  #calling = false;

  constructor(machineClient: MachineClient, deployment: DeploymentSnapshot, signal: AbortSignal) {
    this.#machineClient = machineClient;
    this.deployment = deployment;
    this.#signal = signal;
  }

  async open(): Promise<void> {
    const params = { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo: CLIENT_INFO };
    const { response, headers } = await this.exchange(
      { jsonrpc: "2.0", id: 1, method: "initialize", params },
      () => {},
    );
    const result = response.result as { protocolVersion?: unknown } | undefined;
    if (typeof result?.protocolVersion !== "string") {
      throw new AppError("handshake_failed", "The server did not accept a session.", {
        hint: "Its log may say why.",
        detail: response.error?.message.slice(0, 2_000),
      });
    }
    this.#headers["mcp-protocol-version"] = result.protocolVersion;
    const id = headers["mcp-session-id"];
    if (typeof id === "string") this.#headers["mcp-session-id"] = id;
    await this.#notify({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  /** Sends a request and resolves with its response; every other message goes to the listener. */
  async exchange(request: Message, onMessage: (message: Message) => void) {
    this.#calling = true;
    const incoming = await this.#send("POST", request, this.#signal);
    let bytes = 0;
    const parts = counted(incoming, (length) => {
      bytes += length;
    });
    const isStream = incoming.headers["content-type"]?.startsWith("text/event-stream") ?? false;
    for await (const message of isStream ? streamed(parts) : whole(parts)) {
      if (message.id === request.id && message.method === undefined) {
        this.#calling = false;
        return { status: incoming.statusCode ?? 200, headers: incoming.headers, response: message, bytes };
      }
      onMessage(message);
      if (message.method !== undefined && message.id !== undefined) await this.#answer(message);
    }
    throw new GatewayError(FAILURES.lost);
  }

  /** Ends the session, and the call in flight in it. If the server cannot be told, mcp-host's idle time ends it. */
  async close(): Promise<void> {
    if (this.#headers["mcp-session-id"] === undefined) return;
    const signal = AbortSignal.timeout(CLOSE_TIMEOUT_MS);
    try {
      if (this.#calling) {
        const params = { requestId: CALL_ID, reason: "The person left." };
        await this.#notify({ jsonrpc: "2.0", method: "notifications/cancelled", params }, signal);
      }
      (await this.#send("DELETE", null, signal)).resume();
    } catch {
      // The machine is gone, and the session with it.
    }
  }

  /** No capability was declared, so a server may ask for nothing but a sign of life. */
  async #answer({ id, method }: Message): Promise<void> {
    const outcome = method === "ping" ? { result: {} } : { error: { code: -32601, message: "Method not found" } };
    await this.#notify({ jsonrpc: "2.0", id, ...outcome });
  }

  async #notify(message: Message, signal = this.#signal): Promise<void> {
    (await this.#send("POST", message, signal)).resume();
  }

  #send(method: string, message: Message | null, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#machineClient.send(this.deployment, {
      method,
      headers: this.#headers,
      body: { head: Buffer.from(message === null ? "" : JSON.stringify(message)), rest: null },
      signal,
      mcpMethod: message?.method ?? null,
    });
  }
}

async function* counted(incoming: IncomingMessage, onBytes: (length: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** The messages of an event stream. Throws Error at one that is too large. */
async function* streamed(parts: AsyncGenerator<Buffer>): AsyncGenerator<Message> {
  for await (const { data } of parseEvents(parts, { maxCharacters: MAX_ANSWER_BYTES })) {
    // An event without data is there to be resumed from (MCP 2025-11-25, transports).
    if (data !== "") yield parse(data);
  }
}

/** The one message of a JSON answer. Throws AppError when it is too large, or mcp-host's own refusal. */
async function* whole(parts: AsyncGenerator<Buffer>): AsyncGenerator<Message> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of parts) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw new AppError("machine_unavailable", "The server's answer is too large to show.");
    chunks.push(chunk);
  }
  const message = parse(Buffer.concat(chunks).toString("utf8"));
  if (message.error !== undefined && (message.id ?? null) === null) {
    throw new AppError("machine_unavailable", "The machine refused the call.", { detail: message.error.message });
  }
  yield message;
}

function parse(text: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new GatewayError(FAILURES.nonsense);
  }
  if (typeof value !== "object" || value === null || !("jsonrpc" in value)) throw new GatewayError(FAILURES.nonsense);
  return value as Message;
}

function toAppError(error: unknown): never {
  if (error instanceof AppError) throw error;
  if (isGatewayError(error)) {
    const { reason, message } = error.failure;
    if (reason === "database_unavailable") throw new AppError("database_unavailable", message, { cause: error });
    if (reason === "stopped") throw new AppError("conflict", message, { hint: "Start it first.", cause: error });
    const hint = "The log on this page may say why.";
    throw new AppError("machine_unavailable", message, { hint, cause: error });
  }
  throw new AppError("machine_unavailable", "The call ended without an answer.", {
    hint: "The log on this page may say why.",
    cause: error,
  });
}
