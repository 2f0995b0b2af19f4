import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Headers of a connection, or of a body as it was encoded on its way here. */
const DROPPED = /^(content-encoding|transfer-encoding|content-length|connection|keep-alive)$/;
const REWRITTEN = /json|html|text/;

/** A server on the loopback interface that answers as another one does, later. */
export interface SlowProxy {
  url: string;
  /** Requests so far. */
  requests(): number;
  stop(): void;
}

/**
 * Starts a server that hands each request on and answers after a time. Addresses of the other server in redirects and texts become
 * its own, so that they are slow too.
 *
 * @param upstream base URL of the other server
 * @param delayMs how much later it answers, in milliseconds
 */
export async function startSlowProxy(upstream: string, delayMs: number): Promise<SlowProxy> {
  const base = new URL(upstream);
  let requests = 0;
  let url = "";
  const own = (text: string) => text.replaceAll(base.origin, new URL(url).origin);
  const server = createServer(async (request, response) => {
    requests += 1;
    await delay(delayMs);
    try {
      const { host: _, connection: __, ...headers } = request.headers;
      const answer = await fetch(base.origin + request.url, {
        headers: headers as Record<string, string>,
        redirect: "manual",
      });
      const body = Buffer.from(await answer.arrayBuffer());
      for (const [name, value] of answer.headers) if (!DROPPED.test(name)) response.setHeader(name, own(value));
      response.writeHead(answer.status);
      response.end(REWRITTEN.test(answer.headers.get("content-type") ?? "") ? own(body.toString("utf8")) : body);
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${base.pathname.replace(/\/$/, "")}`;
  return {
    url,
    requests: () => requests,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
