import type { IncomingMessage } from "node:http";
import { readHeader } from "../protocol/accept.ts";

/** Tells clients of one gateway apart. Only the gateway, which has the token, can set it. */
const CLIENT_HEADER = "mcp-host-client";

/** Returns the gateway's client that a request comes from; empty without a gateway. */
export function readHolder(request: IncomingMessage): string {
  return readHeader(request, CLIENT_HEADER) ?? "";
}
