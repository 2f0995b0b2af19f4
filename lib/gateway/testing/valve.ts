import { once } from "node:events";
import net, { type AddressInfo } from "node:net";

/** A TCP connection to somewhere else that a test can cut. */
export interface Valve {
  port: number;
  /** Ends every connection and accepts none. */
  cut(): void;
  /** Lets connections stand and come about, and nothing through them. */
  stall(): void;
  open(): void;
  close(): Promise<void>;
}

export async function startValve(host: string, port: number): Promise<Valve> {
  const sockets = new Set<net.Socket>();
  let state: "open" | "cut" | "stalled" = "open";
  const server = net.createServer((near) => {
    if (state === "cut") {
      near.destroy();
      return;
    }
    const far = net.connect(port, host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => {
        if (state === "open") to.write(chunk);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state = "cut";
      endAll();
    },
    stall() {
      state = "stalled";
    },
    open() {
      // Dropped bytes would garble everything after them.
      if (state === "stalled") endAll();
      state = "open";
    },
    async close() {
      endAll();
      server.close();
      await once(server, "close");
    },
  };
}
