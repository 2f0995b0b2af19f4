#!/usr/bin/env node
// A stdio MCP server without dependencies whose tools take or return much.
import { createInterface } from "node:readline";

const text = (value) => ({ content: [{ type: "text", text: value }] });
const anything = { type: "object" };

const tools = {
  /** Returns a text of so many bytes. */
  make: ({ bytes }) => text("x".repeat(bytes)),
  /** Returns the length of a text. */
  measure: ({ value }) => text(String(value.length)),
  /** Reports so many times that it is getting on. */
  count({ steps }, progressToken) {
    for (let progress = 1; progress <= steps; progress++) {
      write({ method: "notifications/progress", params: { progressToken, progress, total: steps } });
    }
    return text("counted");
  },
  /** Reports once, and answers after so many milliseconds. */
  wait({ ms }, progressToken) {
    write({ method: "notifications/progress", params: { progressToken, progress: 0 } });
    return new Promise((resolve) => setTimeout(() => resolve(text("waited")), ms));
  },
};

const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "bulk", version: "1.0.0" },
  }),
  "tools/list": () => ({ tools: Object.keys(tools).map((name) => ({ name, inputSchema: anything })) }),
  "tools/call": ({ name, arguments: input, _meta }) => tools[name](input, _meta?.progressToken),
};

function write(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method in answers) void Promise.resolve(answers[method](params ?? {})).then((result) => write({ id, result }));
  else write({ id, error: { code: -32601, message: "Method not found" } });
});
