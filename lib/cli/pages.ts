import type { IncomingMessage, ServerResponse } from "node:http";
import next from "next";
import { launcher } from "../boot/launcher.ts";
import type { Listener } from "./http.ts";
import { collectWhenIdle } from "./idle-gc.ts";

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
  let requests = 0;
  let stopCollecting = () => {};
  return {
    async prepare() {
      await app.prepare();
      const state = await booted.promise;
      if (!dev) stopCollecting = collectWhenIdle(() => requests);
      return state;
    },
    async handle(incoming, outgoing) {
      requests++;
      if (!launcher().serveMcp(incoming, outgoing)) await app.getRequestHandler()(incoming, outgoing);
    },
    close() {
      stopCollecting();
      return app.close();
    },
  };
}
