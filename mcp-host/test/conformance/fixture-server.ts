import { createInterface } from "node:readline";
import {
  type CallContext,
  type JsonObject,
  prompts,
  RpcError,
  readResource,
  resources,
  tools,
} from "./fixture-content.ts";

/**
 * A stdio server of MCP 2024-11-05 to 2025-11-25 with the tools, prompts and resources that the scenarios of the official
 * conformance suite name. It knows nothing of HTTP and of later revisions: whatever of those a client sees through mcp-host
 * is mcp-host's work.
 */

interface Message {
  id?: string | number;
  method?: string;
  params?: JsonObject & { _meta?: { progressToken?: unknown } };
  result?: JsonObject;
  error?: { message?: string };
}

const VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
const LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];
const COMPLETIONS = ["paris", "park", "party", "prague"];

const questions = new Map<string, (answer: Message) => void>();
const subscriptions = new Set<string>();
let clientCapabilities: JsonObject = {};
let lowestLevel = 0;

function send(message: JsonObject): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

/**
 * Asks the client, whether or not it said that it can be asked. The id is the question's name: a client of 2026-07-28 sees it
 * as the question's key, and scenarios know the names. A question under a name that is still open replaces the one before.
 */
function ask(name: string, method: string, params: JsonObject): Promise<JsonObject> {
  const before = questions.get(name);
  if (before !== undefined) {
    send({ method: "notifications/cancelled", params: { requestId: name, reason: "asked again" } });
    before({ error: { message: "The question was asked again by another call" } });
  }
  return new Promise((resolve, reject) => {
    questions.set(name, (answer) => {
      if (answer.result === undefined) reject(new Error(answer.error?.message ?? "no answer"));
      else resolve(answer.result);
    });
    send({ id: name, method, params });
  });
}

function contextOf(params: Message["params"]): CallContext {
  const progressToken = params?._meta?.progressToken;
  return {
    arguments: (params?.arguments ?? {}) as JsonObject,
    supports: (capability) => clientCapabilities[capability] !== undefined,
    ask,
    notify: (method, notificationParams) =>
      send({ method, ...(notificationParams === undefined ? {} : { params: notificationParams }) }),
    log: (text) => {
      if (lowestLevel > LEVELS.indexOf("info")) return;
      send({ method: "notifications/message", params: { level: "info", logger: "fixture", data: text } });
    },
    progress: (progress) => {
      if (progressToken === undefined) return;
      send({ method: "notifications/progress", params: { progressToken, progress, total: 100 } });
    },
  };
}

const methods: Record<string, (params: Message["params"]) => JsonObject | Promise<JsonObject>> = {
  initialize: (params) => {
    clientCapabilities = (params?.capabilities ?? {}) as JsonObject;
    const asked = String(params?.protocolVersion);
    return {
      protocolVersion: VERSIONS.includes(asked) ? asked : VERSIONS[0],
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        logging: {},
        completions: {},
      },
      serverInfo: { name: "conformance-fixture", version: "1.0.0" },
    };
  },
  ping: () => ({}),
  "logging/setLevel": (params) => {
    const level = LEVELS.indexOf(String(params?.level));
    if (level === -1) throw new RpcError(-32602, "No such level");
    lowestLevel = level;
    return {};
  },
  "completion/complete": (params) => {
    const { value } = (params?.argument ?? {}) as { value?: unknown };
    const values = COMPLETIONS.filter((word) => word.startsWith(String(value ?? "")));
    return { completion: { values, total: values.length, hasMore: false } };
  },
  "tools/list": () => ({ tools: [...tools].map(([name, { call: _call, ...shown }]) => ({ name, ...shown })) }),
  "tools/call": async (params) => {
    const tool = tools.get(String(params?.name));
    if (tool === undefined) throw new RpcError(-32602, `Unknown tool: ${String(params?.name)}`);
    try {
      return await tool.call(contextOf(params));
    } catch (error) {
      return {
        isError: true,
        content: [{ type: "text", text: error instanceof Error ? error.message : String(error) }],
      };
    }
  },
  "prompts/list": () => ({ prompts: [...prompts].map(([name, { get: _get, ...shown }]) => ({ name, ...shown })) }),
  "prompts/get": async (params) => {
    const prompt = prompts.get(String(params?.name));
    if (prompt === undefined) throw new RpcError(-32602, `Unknown prompt: ${String(params?.name)}`);
    return { messages: await prompt.get(contextOf(params)) };
  },
  "resources/list": () => ({ resources }),
  "resources/templates/list": () => ({
    resourceTemplates: [
      {
        uriTemplate: "test://template/{id}/data",
        name: "template",
        description: "A resource for every id",
        mimeType: "application/json",
      },
    ],
  }),
  "resources/read": (params) => {
    const uri = String(params?.uri);
    const contents = readResource(uri);
    if (contents === null) throw new RpcError(-32002, "Resource not found", { uri });
    return { contents: [contents] };
  },
  "resources/subscribe": (params) => {
    subscriptions.add(String(params?.uri));
    return {};
  },
  "resources/unsubscribe": (params) => {
    subscriptions.delete(String(params?.uri));
    return {};
  },
};

async function onRequest(message: Message): Promise<void> {
  const { id, method = "", params } = message;
  try {
    const answer = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (answer === undefined) throw new RpcError(-32601, "Method not found");
    send({ id, result: await answer(params) });
  } catch (error) {
    const { code, data } = error instanceof RpcError ? error : { code: -32603, data: undefined };
    const text = error instanceof Error ? error.message : String(error);
    send({ id, error: { code, message: text, ...(data === undefined ? {} : { data }) } });
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line) as Message;
  if (message.method === undefined) {
    const key = String(message.id);
    const settle = questions.get(key);
    questions.delete(key);
    settle?.(message);
  } else if (message.id !== undefined) {
    void onRequest(message);
  }
});
