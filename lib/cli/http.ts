import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { hostname as machineName } from "node:os";
import { drainServer } from "../boot/drain.ts";
import { StartError } from "../errors/start-error.ts";

const LOOPBACK = "127.0.0.1";

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A server that has its port before there is anything to serve. */
export interface Listener {
  server: Server;
  port: number;
  /** Sets the request handler. Until then every request gets 503 and a page that reloads itself. */
  serve(handler: Handler): void;
  /** Accepts no new connections, gives open requests a grace period of `graceMs`, then cuts them. */
  drain(graceMs: number): Promise<void>;
}

/**
 * Takes a port first, so that a conflict with a second start or another program shows before anything else happens.
 *
 * @param port 0 lets the system choose
 * @param host an address or a name
 * @throws StartError that says how to choose another port or address
 */
export async function listen(port: number, host: string): Promise<Listener> {
  let handler: Handler = answerStarting;
  const server = createServer((request, response) => {
    handler(request, response).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });
  // Uploads and event streams have no time limit. Idle connections outlive the 60 s of common proxies: a proxy that reuses a
  // connection which the server is closing would answer 502.
  Object.assign(server, { requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 65_000 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(toReason(error, port, host)));
    server.listen({ port, host }, resolve);
  });
  server.on("error", (error) => console.error(error));
  const address = server.address();
  return {
    server,
    port: typeof address === "object" && address ? address.port : port,
    serve(next) {
      handler = next;
    },
    drain: (graceMs) => drainServer(server, graceMs),
  };
}

/**
 * Parses `HOSTNAME`, the address to listen on; loopback when it is unset, so that no neighbor on the network reaches an app that
 * is meant for this computer. Shells and containers set it to the machine's own name, which counts as unset.
 */
export function parseListenHost(variable: string | undefined): string {
  return variable && variable !== machineName() ? variable : LOOPBACK;
}

/** Tells whether an address that `parseListenHost` returned is reached from this computer alone. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

const answerStarting: Handler = async (request, response) => {
  response.writeHead(503, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "retry-after": "2",
    // Browsers reload until the app answers.
    ...(request.method === "GET" && { refresh: "2" }),
  });
  response.end("Catwalk is starting.\n");
};

function toReason(error: Error, port: number, host: string): Error {
  const code = "code" in error ? error.code : "";
  const other = port < 65_535 ? port + 1 : 3000;
  if (code === "EADDRINUSE") {
    return new StartError(`Port ${port} is taken by another program. Choose another: PORT=${other} npm start`);
  }
  if (code === "EACCES") {
    return new StartError(`Port ${port} is not open to this user. Choose another: PORT=3000 npm start`);
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new StartError(
      `HOSTNAME is ${host}, which is not an address of this machine: unset it to listen on loopback, or set it to :: to listen on all.`,
    );
  }
  return error;
}
