import { LISTS, type ListMethod } from "mcp-host/protocol";
import { z } from "zod";
import packageJson from "../../../package.json" with { type: "json" };
import type { Endpoint } from "../../runtime/runtime.ts";
import type { ToolView } from "../view.ts";
import { HandshakeError, JsonRpcError, McpSession } from "./mcp-session.ts";

const PROTOCOL_VERSION = "2025-11-25";
const MAX_PAGES = 100;
const MAX_ITEMS = 5_000;
/** Of one list as JSON: it is kept in the database and in the gateway's memory. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;
/** All that is not `tools/list` together may take so long; a machine that is slow with them is used without. */
const OTHER_LISTS_TIMEOUT_MS = 20_000;
const METHOD_NOT_FOUND = -32601;

/** What a server answers to `initialize` (MCP 2025-11-25, basic/lifecycle). */
const initializeResultSchema = z.looseObject({
  protocolVersion: z.string().max(100),
  capabilities: z.record(z.string(), z.unknown()),
  serverInfo: z.looseObject({ name: z.string().max(500), version: z.string().max(200) }),
  instructions: z.string().optional(),
});

const toolSchema = z.looseObject({ name: z.string(), inputSchema: z.record(z.string(), z.unknown()) });
const itemSchema = z.looseObject({});

export type InitializeResult = z.infer<typeof initializeResultSchema>;

type OtherList = Exclude<ListMethod, "tools/list">;

/**
 * Every item of each list beside the tools, as the server gave it; empty where it does not have the capability, null where it
 * has and could not be asked.
 */
export type OtherLists = Record<OtherList, Record<string, unknown>[] | null>;

export interface HandshakeAnswers {
  initialize: InitializeResult;
  tools: ToolView[];
  lists: OtherLists;
}

/**
 * A whole legacy-era conversation with a machine's mcp-host: `initialize`, `notifications/initialized`, every page of
 * `tools/list` and of the other lists that the server has, and the end of the session.
 *
 * @throws HandshakeError for errors and nonsense in `initialize` and `tools/list`; whatever fetch throws when the machine is gone or
 * the signal aborts
 */
export async function performHandshake(
  endpoint: Endpoint,
  hostToken: string,
  signal: AbortSignal,
): Promise<HandshakeAnswers> {
  const session = new McpSession(endpoint, hostToken, signal);
  try {
    const initialize = parseAnswer(
      initializeResultSchema,
      await session.request("initialize", {
        protocolVersion: PROTOCOL_VERSION,
        capabilities: {},
        clientInfo: { name: "catwalk", title: "Catwalk", version: packageJson.version },
      }),
      "initialize",
    );
    session.protocolVersion = initialize.protocolVersion;
    await session.notify("notifications/initialized");
    const tools = await listTools(session, "tools" in initialize.capabilities);
    return { initialize, tools, lists: await listOtherItems(session, initialize.capabilities, signal) };
  } finally {
    await session.end();
  }
}

async function listTools(session: McpSession, declared: boolean): Promise<ToolView[]> {
  try {
    return await listAll(session, "tools/list", "tools", toolSchema);
  } catch (error) {
    // A server that declares no tools need not know the method.
    if (!declared && error instanceof JsonRpcError && error.code === METHOD_NOT_FOUND) return [];
    throw error;
  }
}

/** One after the other: some servers take no second request before they have answered the first. */
async function listOtherItems(
  session: McpSession,
  capabilities: Record<string, unknown>,
  signal: AbortSignal,
): Promise<OtherLists> {
  const lists: OtherLists = { "prompts/list": null, "resources/list": null, "resources/templates/list": null };
  const deadline = AbortSignal.timeout(OTHER_LISTS_TIMEOUT_MS);
  for (const { method, capability, member } of LISTS) {
    if (method === "tools/list") continue;
    if (!(capability in capabilities)) lists[method] = [];
    else if (!deadline.aborted) {
      const answered = listAll(session, method, member, itemSchema);
      lists[method] = await orNull(answered, deadline);
      signal.throwIfAborted();
    }
  }
  return lists;
}

async function listAll<T extends Record<string, unknown>>(
  session: McpSession,
  method: string,
  member: string,
  schema: z.ZodType<T>,
): Promise<T[]> {
  const pageSchema = z.looseObject({ [member]: z.array(schema), nextCursor: z.string().nullish() });
  const itemsSchema = z.array(schema);
  const items: T[] = [];
  const cursors = new Set<string>();
  let bytes = 0;
  let cursor: string | null | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const result = parseAnswer(pageSchema, await session.request(method, cursor ? { cursor } : {}), method);
    const some = itemsSchema.parse(result[member]);
    items.push(...some);
    bytes += JSON.stringify(some).length;
    if (items.length > MAX_ITEMS) throw new HandshakeError(`its answers to ${method} name more than ${MAX_ITEMS}`);
    if (bytes > MAX_LIST_BYTES) throw new HandshakeError(`its answers to ${method} are larger than 4 MB`);
    const { nextCursor } = result;
    if (typeof nextCursor !== "string" || nextCursor === "") return items;
    if (cursors.has(nextCursor)) throw new HandshakeError(`its answers to ${method} never end: a cursor came again`);
    cursors.add(nextCursor);
    cursor = nextCursor;
  }
  throw new HandshakeError(`its answers to ${method} have more than ${MAX_PAGES} pages`);
}

/** Null for a promise that rejects, or that is not settled when the signal aborts. */
function orNull<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve) => {
    const onAbort = () => resolve(null);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, () => resolve(null)).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function parseAnswer<T>(schema: z.ZodType<T>, value: unknown, method: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new HandshakeError(`the answer to ${method} is not what MCP asks for${where ? ` (at ${where})` : ""}`);
}
