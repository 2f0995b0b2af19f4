import assert from "node:assert/strict";

/** A JSON-RPC message as tests read it. */
export interface Rpc {
  jsonrpc: "2.0";
  id?: string | number | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown> & { content?: { text: string }[] };
  error?: { code: number; message: string; data?: Record<string, unknown> };
}

/** Returns the text of a tool's result. Fails on any other response. */
export function textOf(response: Rpc | undefined): string {
  const text = response?.result?.content?.[0]?.text;
  assert(text !== undefined, JSON.stringify(response));
  return text;
}
