import { LISTS, type ListMethod } from "mcp-host/protocol";
import { z } from "zod";
import packageJson from "../../../package.json" with { type: "json" };
import type { Endpoint } from "../../runtime/runtime.ts";
import type { ToolView } from "../view.ts";
import { HandshakeError, HandshakeSession, JsonRpcError } from "./handshake-session.ts";

const PROTOCOL_VERSION = "2025-11-25";
const MAX_PAGES = 100;
const MAX_ITEMS = 5_000;
/** Limit for one list as JSON, which is stored in the database and in the gateway's memory. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;
/** Limit for all lists but `tools/list` together. A machine that is slower is used without them. */
const OTHER_LISTS_TIMEOUT_MS = 20_000;
const METHOD_NOT_FOUND = -32601;
const MAX_WARNINGS = 20;

/** What a server answers to `initialize` (MCP 2025-11-25, basic/lifecycle), flaws repaired. */
export type InitializeResult = z.infer<typeof initializeResultSchema>;

const initializeResultSchema = z.looseObject({
  protocolVersion: z.string().max(100),
  capabilities: z.record(z.string(), z.unknown()),
  serverInfo: z.looseObject({ name: z.string().max(500), version: z.string().max(200) }),
  instructions: z.string().optional(),
});

/** The required part of an answer to `initialize`. Everything else can be repaired. */
const initializeAnswerSchema = z.looseObject({ protocolVersion: z.string().max(100) });
const objectSchema = z.record(z.string(), z.unknown());

type Item = Record<string, unknown>;
type OtherList = Exclude<ListMethod, "tools/list">;

/** The lists beside the tools. One is empty where the server lacks the capability, and null where it could not be read. */
export type OtherLists = Record<OtherList, Item[] | null>;

export interface HandshakeAnswers {
  initialize: InitializeResult;
  tools: ToolView[];
  lists: OtherLists;
  /** What the server answered against the specification and was repaired or left out, each as a sentence. */
  warnings: string[];
}

/**
 * Has a whole legacy-era conversation with a machine's mcp-host: `initialize`, `notifications/initialized`, every page of
 * `tools/list` and of the other lists that the server has, and the end of the session. It takes what is valid and warns about the
 * rest, since clients work with many servers that break the specification in a detail.
 *
 * @throws HandshakeError for an error or an unusable answer to `initialize` or `tools/list`; what fetch throws when the machine is
 * gone or the signal aborts
 */
export async function performHandshake(
  endpoint: Endpoint,
  hostToken: string,
  signal: AbortSignal,
): Promise<HandshakeAnswers> {
  const session = new HandshakeSession(endpoint, hostToken, signal);
  const warnings = new Warnings();
  try {
    const answer = await session.request("initialize", {
      protocolVersion: PROTOCOL_VERSION,
      capabilities: {},
      clientInfo: { name: "catwalk", title: "Catwalk", version: packageJson.version },
    });
    const initialize = repairInitialize(answer, warnings);
    session.protocolVersion = initialize.protocolVersion;
    await session.notify("notifications/initialized");
    const tools = await listTools(session, "tools" in initialize.capabilities, warnings);
    const lists = await listOtherItems(session, initialize.capabilities, signal, warnings);
    return { initialize, tools, lists, warnings: warnings.sentences };
  } finally {
    await session.end();
  }
}

/** Sentences about flaws, each once, of a bounded number. */
class Warnings {
  readonly sentences: string[] = [];

  add(sentence: string): void {
    if (this.sentences.length < MAX_WARNINGS && !this.sentences.includes(sentence)) this.sentences.push(sentence);
  }
}

function repairInitialize(answer: unknown, warnings: Warnings): InitializeResult {
  const { protocolVersion, capabilities, serverInfo, instructions, ...rest } = parseAnswer(
    initializeAnswerSchema,
    answer,
    "initialize",
  );
  const info = objectSchema.safeParse(serverInfo).data ?? {};
  for (const field of ["name", "version"]) {
    if (typeof info[field] !== "string") warnings.add(`The server does not say its ${field} (serverInfo.${field}).`);
  }
  const declared = objectSchema.safeParse(capabilities).data;
  if (!declared) warnings.add("The server does not say its capabilities.");
  if (instructions !== undefined && typeof instructions !== "string") {
    warnings.add("The server's instructions are not a text and were left out.");
  }
  return {
    ...rest,
    protocolVersion,
    capabilities: declared ?? {},
    serverInfo: { ...info, name: takeText(info.name, 500), version: takeText(info.version, 200) },
    ...(typeof instructions === "string" && { instructions }),
  };
}

function takeText(value: unknown, maxCharacters: number): string {
  return typeof value === "string" ? value.slice(0, maxCharacters) : "";
}

async function listTools(session: HandshakeSession, isDeclared: boolean, warnings: Warnings): Promise<ToolView[]> {
  try {
    const items = await listAll(session, "tools/list", "tools", warnings);
    return items.flatMap((item) => repairTool(item, warnings));
  } catch (error) {
    // A server that declares no tools need not know the method.
    if (!isDeclared && error instanceof JsonRpcError && error.code === METHOD_NOT_FOUND) return [];
    throw error;
  }
}

function repairTool(item: Item, warnings: Warnings): ToolView[] {
  const { name, inputSchema } = item;
  if (typeof name !== "string" || name === "") {
    warnings.add("The server lists a tool without a name, which was left out.");
    return [];
  }
  const schema = objectSchema.safeParse(inputSchema).data;
  if (schema) return [{ ...item, name, inputSchema: schema }];
  warnings.add(`The tool ${name.slice(0, 100)} has no input schema. It is listed as a tool without arguments.`);
  return [{ ...item, name, inputSchema: { type: "object" } }];
}

/** Reads one list after the other: some servers take no second request before they have answered the first. */
async function listOtherItems(
  session: HandshakeSession,
  capabilities: Record<string, unknown>,
  signal: AbortSignal,
  warnings: Warnings,
): Promise<OtherLists> {
  const lists: OtherLists = { "prompts/list": null, "resources/list": null, "resources/templates/list": null };
  const deadline = AbortSignal.timeout(OTHER_LISTS_TIMEOUT_MS);
  for (const { method, capability, member } of LISTS) {
    if (method === "tools/list") continue;
    if (!(capability in capabilities)) lists[method] = [];
    else if (!deadline.aborted) {
      lists[method] = await orNullOnAbort(listAll(session, method, member, warnings), deadline);
      signal.throwIfAborted();
    }
  }
  return lists;
}

async function listAll(session: HandshakeSession, method: string, member: string, warnings: Warnings): Promise<Item[]> {
  const items: Item[] = [];
  const cursors = new Set<string>();
  let bytes = 0;
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const result: Item = parseAnswer(objectSchema, await session.request(method, cursor ? { cursor } : {}), method);
    const valid = takeItems(result[member], method, member, warnings);
    items.push(...valid);
    bytes += JSON.stringify(valid).length;
    if (items.length > MAX_ITEMS) throw new HandshakeError(`its answers to ${method} name more than ${MAX_ITEMS}`);
    if (bytes > MAX_LIST_BYTES) throw new HandshakeError(`its answers to ${method} are larger than 4 MB`);
    const { nextCursor } = result;
    if (typeof nextCursor !== "string" || nextCursor === "") return items;
    if (cursors.has(nextCursor)) {
      warnings.add(`The pages of ${method} repeat. The list ends where they begin to.`);
      return items;
    }
    cursors.add(nextCursor);
    cursor = nextCursor;
  }
  throw new HandshakeError(`its answers to ${method} have more than ${MAX_PAGES} pages`);
}

/** Returns the objects of a page. An absent list counts as empty; anything else that is not an array is an error. */
function takeItems(page: unknown, method: string, member: string, warnings: Warnings): Item[] {
  if (page === null || page === undefined) {
    warnings.add(`The answer to ${method} has no ${member}. It counts as an empty list.`);
    return [];
  }
  if (!Array.isArray(page)) {
    throw new HandshakeError(`the answer to ${method} is not what MCP asks for (at ${member})`);
  }
  const items = page.filter((item): item is Item => objectSchema.safeParse(item).success);
  if (items.length < page.length) {
    warnings.add(`The answer to ${method} lists entries that are not objects. They were left out.`);
  }
  return items;
}

/** Resolves to null when the promise rejects, or is not settled when the signal aborts. */
function orNullOnAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
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
