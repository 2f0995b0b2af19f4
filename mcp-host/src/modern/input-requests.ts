import { isObject } from "../protocol/json.ts";
import type { RequestMessage } from "../protocol/jsonrpc.ts";

/** Methods on which a server can ask for input (basic/patterns/mrtr, "Supported Requests"). */
export const METHODS_WITH_INPUT = new Set(["tools/call", "prompts/get", "resources/read"]);

type Capabilities = Record<string, unknown>;

/**
 * Returns the capabilities that a client lacks for a server-initiated request, {} when it lacks none, or null when modern clients
 * cannot be asked this at all.
 */
export function findMissingCapabilities(request: RequestMessage, declared: Capabilities): Capabilities | null {
  const params = request.params ?? {};
  if (request.method === "roots/list") return isObject(declared.roots) ? {} : { roots: {} };
  if (request.method === "sampling/createMessage") {
    const { sampling } = declared;
    const tools = params.tools !== undefined || params.toolChoice !== undefined;
    if (!isObject(sampling)) return { sampling: tools ? { tools: {} } : {} };
    return tools && !isObject(sampling.tools) ? { sampling: { tools: {} } } : {};
  }
  if (request.method === "elicitation/create") {
    const { elicitation } = declared;
    const url = params.mode === "url";
    if (!isObject(elicitation)) return { elicitation: url ? { url: {} } : {} };
    // An empty object means forms: it predates the other mode.
    const forms = isObject(elicitation.form) || Object.keys(elicitation).length === 0;
    if (url) return isObject(elicitation.url) ? {} : { elicitation: { url: {} } };
    return forms ? {} : { elicitation: { form: {} } };
  }
  return null;
}

/** Returns whether a client's input has the shape of a response to this method. The server checks the details. */
export function isResponseTo(method: string, value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  if (method === "roots/list") return Array.isArray(value.roots);
  if (method === "sampling/createMessage") return typeof value.role === "string" && value.content !== undefined;
  const { action, content } = value;
  return ["accept", "decline", "cancel"].includes(String(action)) && (content === undefined || isObject(content));
}
