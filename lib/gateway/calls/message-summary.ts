import type { RequestId } from "../errors.ts";
import { JsonCursor } from "./json-cursor.ts";

/** The parts of a JSON-RPC message that a call's record needs. Never arguments, never results. */
export interface MessageSummary {
  kind: "request" | "notification" | "response" | "batch" | "unreadable";
  id: RequestId | null;
  method: string | null;
  /** The tool, prompt or resource that is named. */
  target: string | null;
  /** The client's own name and version. */
  client: string | null;
  /** The code of an error response. */
  errorCode: number | null;
  /** The tool itself failed: a result that says `isError` (MCP 2025-11-25, server/tools). */
  isToolError: boolean;
}

/** Summarizes a message from its beginning, which may be all of it. */
export function summarize(text: string): MessageSummary {
  const summary: MessageSummary = {
    kind: "unreadable",
    id: null,
    method: null,
    target: null,
    client: null,
    errorCode: null,
    isToolError: false,
  };
  const cursor = new JsonCursor(text);
  if (cursor.peek() === "[") return { ...summary, kind: "batch" };
  let answers = false;
  cursor.members((key) => {
    if (key === "id") summary.id = toRequestId(cursor.scalar());
    else if (key === "method") summary.method = toText(cursor.scalar());
    else if (key === "result") {
      answers = true;
      cursor.members((member) => {
        if (member === "isError") summary.isToolError = cursor.peek() === "t";
      });
    } else if (key === "params") readParams(cursor, summary);
    else if (key === "error") {
      answers = true;
      cursor.members((member) => {
        if (member === "code") summary.errorCode = toSafeInteger(cursor.scalar());
      });
    }
  });
  if (answers) summary.kind = "response";
  else if (summary.method !== null) summary.kind = summary.id === null ? "notification" : "request";
  return summary;
}

/** The word for programs in an error response's `error.data.code`; null where there is none. */
export function readFailureCode(text: string): string | null {
  let code: string | null = null;
  const cursor = new JsonCursor(text);
  const inside = (name: string, visit: () => void) =>
    cursor.members((member) => {
      if (member === name) visit();
    });
  inside("error", () =>
    inside("data", () =>
      inside("code", () => {
        code = toText(cursor.scalar());
      }),
    ),
  );
  return code;
}

/**
 * The id at the very end of a long message, where the official SDKs put it. It counts only directly before the brace that closes
 * the message, where it cannot be inside of anything else.
 */
export function readTrailingId(tail: string): RequestId | null {
  const pattern = /[{,]\s*"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+)\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/;
  const text = pattern.exec(tail)?.[1];
  return text === undefined ? null : toRequestId(JSON.parse(text) as RequestId);
}

/** Returns an id that can be echoed unchanged, or null: a number with too many digits cannot. */
function toRequestId(value: RequestId | undefined): RequestId | null {
  if (value === undefined || (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER)) return null;
  return value;
}

function readParams(cursor: JsonCursor, summary: MessageSummary): void {
  cursor.members((key) => {
    if (key === "name" || key === "uri") summary.target ??= toText(cursor.scalar());
    else if (key === "clientInfo") summary.client = readImplementation(cursor);
    else if (key === "_meta") {
      cursor.members((member) => {
        if (member === "io.modelcontextprotocol/clientInfo") summary.client = readImplementation(cursor);
      });
    }
  });
}

function readImplementation(cursor: JsonCursor): string | null {
  let name: string | null = null;
  let version: string | null = null;
  cursor.members((key) => {
    if (key === "name") name = toText(cursor.scalar());
    else if (key === "version") version = toText(cursor.scalar());
  });
  return name === null ? null : [name, version].filter((part) => part !== null).join(" ");
}

function toText(value: string | number | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function toSafeInteger(value: string | number | undefined): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}
