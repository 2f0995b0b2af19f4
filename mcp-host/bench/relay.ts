import { spawn } from "node:child_process";
import { createServer, type ServerResponse } from "node:http";
import { createInterface } from "node:readline";

// node relay.ts PORT COMMAND [ARG…]: the least that can stand between HTTP and a stdio server, as a yardstick. It gives each request
// an id of its own and its response the old one back; it checks nothing, keeps no sessions and drops whatever else the server says.

const [port, command = "", ...args] = process.argv.slice(2);
const server = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
const waiting = new Map<number, { id: unknown; response: ServerResponse }>();
let lastId = 0;

createInterface({ input: server.stdout }).on("line", (line) => {
  const message = JSON.parse(line) as { id?: unknown };
  const caller = waiting.get(Number(message.id));
  if (caller === undefined) return;
  waiting.delete(Number(message.id));
  const body = JSON.stringify({ ...message, id: caller.id });
  caller.response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  caller.response.end(body);
});

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (request.method !== "POST") return response.writeHead(200).end();
    const message = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { id?: unknown };
    if (message.id === undefined) response.writeHead(202).end();
    else waiting.set(++lastId, { id: message.id, response });
    server.stdin.write(`${JSON.stringify(message.id === undefined ? message : { ...message, id: lastId })}\n`);
  });
}).listen(Number(port), "127.0.0.1");

server.on("exit", () => process.exit(1));
process.stdin.resume().on("end", () => process.exit(0));
