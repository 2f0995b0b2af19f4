import type { DeploymentSnapshot } from "../deployments/deployment-snapshot.ts";
import { AppError } from "../errors/app-error.ts";
import { BodyTooLargeError } from "../runtime/host-client.ts";
import { McpSession, MESSAGE_HEADERS, type SessionRequest, type SessionResponse } from "../runtime/mcp-session.ts";
import { uuidV7 } from "../util/uuid-v7.ts";
import { type CallQueue, toRecordText } from "./calls/call-queue.ts";
import { type CallPayload, PayloadCapture } from "./calls/payload-capture.ts";
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
  const session = createSession(parts.machineClient, deployment, signal ? AbortSignal.any([signal, timeout]) : timeout);
  let isOpen = false;
  try {
    await initialize(session);
    isOpen = true;
    await session.notify({ jsonrpc: "2.0", method: "notifications/initialized" });
    return await callIn(session, deployment, parts.calls, { name, args, onMessage });
  } catch (error) {
    if (!timeout.aborted) return toAppError(error);
    throw new AppError("machine_unavailable", "The tool did not answer within five minutes.", { cause: error });
  } finally {
    if (isOpen) await session.end("The person left.");
  }
}

function createSession(
  machineClient: MachineClient,
  deployment: DeploymentSnapshot,
  signal: AbortSignal,
): McpSession<Message> {
  return new McpSession({
    send: (request) => sendRequest(machineClient, deployment, request),
    parse: parseMessage,
    maxResponseBytes: MAX_ANSWER_BYTES,
    signal,
  });
}

async function initialize(session: McpSession<Message>): Promise<void> {
  const params = { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo: CLIENT_INFO };
  const options = { onMessage: (message: Message) => answerRequest(session, message) };
  const { response } = await session.request("initialize", params, options);
  if (response === null) throw new GatewayError(FAILURES.lost);
  const result = response.result as { protocolVersion?: unknown } | undefined;
  if (typeof result?.protocolVersion !== "string") {
    throw new AppError("handshake_failed", "The server did not accept a session.", {
      hint: "Its log may say why.",
      detail: response.error?.message.slice(0, 2_000),
    });
  }
  session.protocolVersion = result.protocolVersion;
}

async function callIn(
  session: McpSession<Message>,
  { deploymentId, recordsPayloads }: DeploymentSnapshot,
  calls: CallQueue,
  { name, args, onMessage }: { name: string; args: Record<string, unknown>; onMessage: (message: Message) => void },
): Promise<ToolCall> {
  const messages: Message[] = [];
  const startedAt = performance.now();
  const exchange = await session.request(
    "tools/call",
    { name, arguments: args },
    {
      wantsProgress: true,
      onMessage: async (message) => {
        if (messages.length < MAX_MESSAGES) messages.push(message);
        onMessage(message);
        await answerRequest(session, message);
      },
    },
  );
  const durationMs = performance.now() - startedAt;
  const { request, response, status, bytes } = exchange;
  if (response === null) throw new GatewayError(FAILURES.lost);
  calls.add({
    id: uuidV7(),
    deploymentId,
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
    isToolError: isToolError(response.result),
    usedMachine: true,
    ...(recordsPayloads && { payload: toPayload(request, response) }),
  });
  return { request, response, durationMs, messages };
}

function isToolError(result: unknown): boolean {
  return typeof result === "object" && result !== null && "isError" in result && result.isError === true;
}

function toPayload(request: Message, response: Message): CallPayload {
  const capture = new PayloadCapture(Buffer.from(JSON.stringify(request)), true);
  capture.addResponse(Buffer.from(JSON.stringify(response)));
  return capture.finish();
}

/** Answers a server-initiated request. The session declares no capability, so a server may send nothing but a ping. */
async function answerRequest(session: McpSession<Message>, { id, method }: Message): Promise<void> {
  if (method === undefined || id === undefined) return;
  const outcome = method === "ping" ? { result: {} } : { error: { code: -32601, message: "Method not found" } };
  await session.notify({ jsonrpc: "2.0", id, ...outcome });
}

async function sendRequest(
  machineClient: MachineClient,
  deployment: DeploymentSnapshot,
  { method, headers, message, signal }: SessionRequest,
): Promise<SessionResponse> {
  const incoming = await machineClient.send(deployment, {
    method,
    headers: { ...MESSAGE_HEADERS, ...headers },
    body: { head: Buffer.from(message === null ? "" : JSON.stringify(message)), rest: null },
    signal,
    mcpMethod: message?.method ?? null,
  });
  const { "content-type": contentType = null, "mcp-session-id": id } = incoming.headers;
  return {
    status: incoming.statusCode,
    contentType,
    sessionId: id ?? null,
    body: incoming,
    discard: () => void incoming.resume(),
  };
}

/** Parses a message as it is. Throws GatewayError for anything else, and AppError for mcp-host's own refusal. */
function parseMessage(text: string, isEvent: boolean): Message {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new GatewayError(FAILURES.nonsense);
  }
  if (typeof value !== "object" || value === null || !("jsonrpc" in value)) throw new GatewayError(FAILURES.nonsense);
  const message = value as Message;
  if (!isEvent && message.error !== undefined && (message.id ?? null) === null) {
    throw new AppError("machine_unavailable", "The machine refused the call.", { detail: message.error.message });
  }
  return message;
}

function toAppError(error: unknown): never {
  if (error instanceof AppError) throw error;
  if (error instanceof BodyTooLargeError) {
    throw new AppError("machine_unavailable", "The server's answer is too large to show.", { cause: error });
  }
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
