import type { IncomingMessage, ServerResponse } from "node:http";
import next from "next";
import { launcher } from "../boot/launcher.ts";
import type { Listener } from "./http.ts";

/** Next, on a server that is listening already. */
export interface Pages {
  /** Resolves when Next and the app in it are ready. Rejects with what keeps the app from starting. */
  prepare(): Promise<{ setupUrl: string | null }>;
  /** Answers a request: the gateway itself when it is for a connector URL, else Next. */
  handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>;
  close(): Promise<void>;
}

/** Creates Next in this process. The app in it leaves its gateway with the launcher, which is asked before Next. */
export function createPages({ server, port }: Listener, options: { dir: string; isDevelopment: boolean }): Pages {
  const { booted } = Object.assign(launcher(), { isPresent: true });
  // `prepare` awaits it. Until then a failure must not count as unhandled.
  booted.promise.catch(() => undefined);
  const { dir, isDevelopment: dev } = options;
  const app = next({ dev, dir, hostname: "localhost", port, httpServer: server, quiet: true });
  return {
    async prepare() {
      await app.prepare();
      return await booted.promise;
    },
    async handle(incoming, outgoing) {
      if (!launcher().serveMcp(incoming, outgoing)) await app.getRequestHandler()(incoming, outgoing);
    },
    close: () => app.close(),
  };
}
