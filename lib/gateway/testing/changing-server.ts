import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

// A stdio server whose tools are the lines of a file: `node changing-server.ts FILE`. It reads the file for each
// request, reports a change only when its tool `announce` is called, and never answers `wait`.

const [, , file = ""] = process.argv;

interface Message {
  id?: string | number;
  method?: string;
  params?: { name?: string; uri?: string; protocolVersion?: string };
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

function resultOf({ method, params }: Message): object | null {
  if (method === "initialize") {
    const capabilities = { tools: { listChanged: true }, resources: { listChanged: true, subscribe: true } };
    const serverInfo = { name: "changing", version: "1" };
    return { protocolVersion: params?.protocolVersion, capabilities, serverInfo };
  }
  if (method === "tools/list") {
    const names = readFileSync(file, "utf8").split("\n").filter(Boolean);
    return { tools: names.map((name) => ({ name, inputSchema: { type: "object" } })) };
  }
  if (method === "resources/list") return { resources: [] };
  if (method === "resources/templates/list") return { resourceTemplates: [] };
  if (method === "tools/call") return { content: [{ type: "text", text: `called ${params?.name}` }] };
  return {};
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line) as Message;
  if (message.id === undefined || (message.method === "tools/call" && message.params?.name === "wait")) return;
  const result = resultOf(message);
  send({ id: message.id, result });
  if (message.method !== "tools/call") return;
  if (message.params?.name === "announce") send({ method: "notifications/tools/list_changed" });
  if (message.params?.name === "update") {
    send({ method: "notifications/resources/updated", params: { uri: "test://one" } });
  }
});
