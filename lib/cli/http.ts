import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { hostname as machineName } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { StartError } from "../errors/start-error.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The server's address, taken before there is anything to serve. */
export interface Listener {
  server: Server;
  port: number;
  /** From now on requests go here; until then they are answered with 503 and a page that comes back by itself. */
  serve(handler: Handler): void;
  /** Takes no new connections, gives open requests `graceMs` to end, then cuts them. */
  drain(graceMs: number): Promise<void>;
}

/**
 * Takes a port, so that a second start or another program is noticed before anything else is done.
 *
 * @param port 0 for one that the system chooses
 * @param host an address or a name; undefined for all addresses of IPv6 and IPv4
 * @throws StartError that says how to choose another
 */
export async function listen(port: number, host: string | undefined): Promise<Listener> {
  let handler: Handler = starting;
  const server = createServer((request, response) => {
    handler(request, response).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });
  // A long upload or an event stream is as long as it is. The other end of a kept connection, often a proxy with 60 s of its own, is
  // to be the one that closes it.
  Object.assign(server, { requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 65_000 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(toReason(error, port, host)));
    server.listen(host === undefined ? { port } : { port, host }, resolve);
  });
  server.on("error", (error) => console.error(error));
  const address = server.address();
  return {
    server,
    port: typeof address === "object" && address ? address.port : port,
    serve(next) {
      handler = next;
    },
    drain: (graceMs) => drain(server, graceMs),
  };
}

/** The address to listen on from `HOSTNAME`, which many shells and every container set to the machine's own name. */
export function parseListenHost(variable: string | undefined): string | undefined {
  return variable && variable !== machineName() ? variable : undefined;
}

async function drain(server: Server, graceMs: number): Promise<void> {
  let isClosed = false;
  server.close(() => {
    isClosed = true;
  });
  for (const end = Date.now() + graceMs; !isClosed && Date.now() < end; await delay(50)) server.closeIdleConnections();
  server.closeAllConnections();
}

const starting: Handler = async (request, response) => {
  response.writeHead(503, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "retry-after": "2",
    // Browsers load the page again until the real one answers.
    ...(request.method === "GET" && { refresh: "2" }),
  });
  response.end("Catwalk is starting.\n");
};

function toReason(error: Error, port: number, host: string | undefined): Error {
  const code = "code" in error ? error.code : "";
  const other = port < 65_535 ? port + 1 : 3000;
  if (code === "EADDRINUSE") {
    return new StartError(`Port ${port} is taken by another program. Choose another: PORT=${other} npm start`);
  }
  if (code === "EACCES") {
    return new StartError(`Port ${port} is not open to this user. Choose another: PORT=3000 npm start`);
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new StartError(`HOSTNAME is ${host}, which is no address of this machine: unset it to listen on all.`);
  }
  return error;
}
