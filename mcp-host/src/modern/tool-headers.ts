import type { IncomingMessage } from "node:http";
import { readHeader } from "../protocol/accept.ts";
import { isObject } from "../protocol/json.ts";
import type { ErrorBody } from "../protocol/jsonrpc.ts";
import { decodeHeaderValue, hasLaggingHeader, toHeaderMismatch } from "../protocol/request-headers.ts";
import type { ServerConnection } from "../server/server-connection.ts";
import { orNullAfter } from "../util/timeout.ts";

interface MirroredParam {
  path: string[];
  type: string;
  /** `Mcp-Param-…` as the tool's schema spells it. */
  header: string;
}

type Mirrored = Map<string, MirroredParam[]>;

const MIRRORABLE = new Set(["string", "integer", "boolean"]);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const MAX_PAGES = 50;
const MAX_DEPTH = 16;
const LIST_TIMEOUT_MS = 10_000;

const CACHED_PARAMS = new WeakMap<ServerConnection, { version: number; tools: Promise<Mirrored> }>();

/**
 * Checks the `Mcp-Param-…` headers of a `tools/call` against the arguments that the tool's schema marks with `x-mcp-header`
 * ("Custom Headers from Tool Parameters"). Lists the server's tools once, and again when they change.
 */
export async function checkToolHeaders(
  connection: ServerConnection,
  request: IncomingMessage,
  params: Record<string, unknown>,
): Promise<ErrorBody | null> {
  const mirrored = (await getMirroredParams(connection)).get(String(params.name));
  for (const param of mirrored ?? []) {
    const error = checkParam(request, param, readPath(params.arguments, param.path));
    if (error !== null) return error;
  }
  return null;
}

function checkParam(request: IncomingMessage, param: MirroredParam, value: unknown): ErrorBody | null {
  const sent = readHeader(request, param.header.toLowerCase())?.trim();
  if (value === undefined || value === null) {
    return sent === undefined ? null : toHeaderMismatch(`${param.header} is sent for an argument that is not`);
  }
  if (sent === undefined) return hasLaggingHeader(request) ? null : toHeaderMismatch(`${param.header} is missing`);
  const decoded = decodeHeaderValue(sent);
  const equal =
    decoded !== null &&
    (param.type === "integer" ? decoded.trim() !== "" && Number(decoded) === Number(value) : decoded === String(value));
  return equal ? null : toHeaderMismatch(`${param.header} does not match the argument`);
}

function readPath(root: unknown, path: string[]): unknown {
  let value = root;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function getMirroredParams(connection: ServerConnection): Promise<Mirrored> {
  const version = connection.toolsVersion;
  const cached = CACHED_PARAMS.get(connection);
  if (cached?.version === version) return cached.tools;
  const tools = listTools(connection);
  CACHED_PARAMS.set(connection, { version, tools });
  return tools;
}

/** Returns what each tool mirrors into headers. Empty when the server does not list its tools. */
async function listTools(connection: ServerConnection): Promise<Mirrored> {
  const mirrored: Mirrored = new Map();
  const deadlineMs = performance.now() + LIST_TIMEOUT_MS;
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES && performance.now() < deadlineMs; page++) {
    const answer = await orNullAfter(
      connection.call("tools/list", cursor === undefined ? {} : { cursor }),
      deadlineMs - performance.now(),
    );
    if (answer === null || !isObject(answer.result) || !Array.isArray(answer.result.tools)) break;
    for (const tool of answer.result.tools) {
      if (!isObject(tool) || typeof tool.name !== "string") continue;
      const params = collectAnnotated(tool.inputSchema, [], []);
      const names = new Set(params.map((param) => param.header.toLowerCase()));
      if (params.length > 0 && names.size === params.length) mirrored.set(tool.name, params);
    }
    cursor = answer.result.nextCursor;
    if (typeof cursor !== "string") break;
  }
  return mirrored;
}

/** Collects marked properties that are reached through `properties` alone; other marks are not valid. */
function collectAnnotated(schema: unknown, path: string[], found: MirroredParam[]): MirroredParam[] {
  if (!isObject(schema) || !isObject(schema.properties) || path.length >= MAX_DEPTH) return found;
  for (const [key, property] of Object.entries(schema.properties)) {
    if (!isObject(property)) continue;
    const name = property["x-mcp-header"];
    const type = property.type;
    if (typeof name === "string" && TOKEN.test(name) && typeof type === "string" && MIRRORABLE.has(type)) {
      found.push({ path: [...path, key], type, header: `Mcp-Param-${name}` });
    }
    collectAnnotated(property, [...path, key], found);
  }
  return found;
}
