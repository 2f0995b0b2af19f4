import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { prepareCatwalk, setVariables } from "../../auth/testing/setting.ts";
import { handleOAuth } from "../handle.ts";
import { handleDecision } from "../handle-decision.ts";
import { handleWellKnown } from "../well-known.ts";

/** The authorization server on loopback, as the app mounts it, with a database of its own. */
export interface TestAuthorizationServer {
  /** The issuer. */
  url: string;
  close(): Promise<void>;
}

/** Starts it. `publicUrl` stands for one behind a proxy; unless given it is the address that it listens on. */
export async function startAuthorizationServer(publicUrl?: string): Promise<TestAuthorizationServer> {
  const removeDatabase = await prepareCatwalk();
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing).catch((error: unknown) => {
      console.error(error);
      outgoing.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  setVariables({ NEXTAUTH_URL: publicUrl ?? url });
  return {
    url,
    async close() {
      server.closeAllConnections();
      server.close();
      await removeDatabase();
    },
  };
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  // Next's own request URL has the name that it listens on, whatever the client asked for.
  const url = new URL(incoming.url ?? "/", "http://localhost");
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
  const hasBody = !["GET", "HEAD"].includes(incoming.method ?? "");
  const request = new Request(url, {
    method: incoming.method,
    headers,
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: "half" }),
  } as RequestInit);
  const response = await route(request, url.pathname);
  const cookies = response.headers.getSetCookie();
  outgoing.writeHead(response.status, {
    ...Object.fromEntries(response.headers),
    ...(cookies.length > 0 && { "set-cookie": cookies }),
  });
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

async function route(request: Request, path: string): Promise<Response> {
  if (path.startsWith("/oauth/")) return handleOAuth(request, path.slice("/oauth/".length));
  if (path.startsWith("/.well-known/")) return handleWellKnown(request, path.slice("/.well-known/".length));
  const uid = /^\/connect\/([^/]+)\/decide$/.exec(path)?.[1];
  return uid === undefined ? new Response("a page", { status: 200 }) : handleDecision(request, uid);
}
