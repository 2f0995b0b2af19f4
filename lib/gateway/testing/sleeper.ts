import { once } from "node:events";
import http from "node:http";
import { digestLists, parseCachedLists, toHandshakeColumns } from "../../deployments/cached-lists.ts";
import { performHandshake } from "../../deployments/steps/mcp-handshake.ts";
import type { TestGateway } from "./gateway.ts";
import { eventually, type Listening, listen } from "./http.ts";
import { everythingServer, type HostProcess, startMcpHost } from "./mcp-host.ts";

/** A platform's proxy with a real mcp-host behind it: a request wakes the machine, an open one keeps it awake. */
export interface Sleeper {
  url: string;
  /** Number of wakes. */
  wakes: number;
  awake: boolean;
  /** Requests that the machine has open. */
  open: number;
  /** Requests that arrived, as "METHOD path". */
  requests: string[];
  /** Lets the machine sleep, if nothing is open. "stop" ends mcp-host, so that the next wake is a start. */
  sleep(how: "suspend" | "stop"): Promise<boolean>;
  /** Called by each wake before the request is forwarded. */
  onWake: () => Promise<void>;
  /** Answers a request in the machine's place; undefined to let it through. */
  instead: ((request: http.IncomingMessage) => number | undefined) | null;
  close(): Promise<void>;
}

interface SleeperOptions {
  token: string;
  scope: string;
  /** The stdio server: a script and its arguments. */
  command?: string[];
}

async function startSleeper({ token, scope, command }: SleeperOptions): Promise<Sleeper> {
  const start = () => startMcpHost(token, command ?? [everythingServer, "stdio"], { MCP_SESSION_SCOPE: scope });
  let host: HostProcess | null = await start();
  let waking: Promise<HostProcess> | null = null;

  const wake = async (): Promise<HostProcess> => {
    if (sleeper.awake && host !== null) return host;
    waking ??= (async () => {
      sleeper.wakes++;
      await sleeper.onWake();
      if (host === null) host = await start();
      else host.process.kill("SIGCONT");
      sleeper.awake = true;
      return host;
    })().finally(() => {
      waking = null;
    });
    return await waking;
  };

  const proxy: Listening = await listen((request, response) => {
    sleeper.requests.push(`${request.method} ${request.url}`);
    const status = sleeper.instead?.(request);
    if (status !== undefined) {
      request.resume();
      response.writeHead(status, { "content-type": "text/html" }).end("<h1>The proxy has no machine</h1>");
      return;
    }
    sleeper.open++;
    response.once("close", () => sleeper.open--);
    void wake().then(({ url }) => {
      const { method, headers } = request;
      const forwarded = http.request(new URL(request.url ?? "/", url), { method, headers, agent: false });
      forwarded.once("response", (incoming) => {
        response.writeHead(incoming.statusCode ?? 502, incoming.headers);
        response.flushHeaders();
        incoming.pipe(response);
        incoming.once("close", () => response.end());
      });
      forwarded.once("error", () => response.destroy());
      response.once("close", () => forwarded.destroy());
      request.pipe(forwarded);
    });
  });

  const sleeper: Sleeper = {
    url: proxy.url,
    wakes: 0,
    awake: true,
    open: 0,
    requests: [],
    onWake: () => Promise.resolve(),
    instead: null,
    async sleep(how) {
      if (sleeper.open > 0 || host === null) return false;
      sleeper.awake = false;
      if (how === "suspend") host.process.kill("SIGSTOP");
      else {
        const stopping = host;
        host = null;
        await stopping.stop();
      }
      return true;
    },
    async close() {
      await proxy.close();
      if (host === null || host.process.exitCode !== null) return;
      host.process.kill("SIGCONT");
      host.process.kill("SIGKILL");
      if (host.process.exitCode === null && host.process.signalCode === null) await once(host.process, "exit");
    },
  };
  return sleeper;
}

/**
 * Suspends a deployment's machine once nothing keeps it awake and some time has passed, as platforms do. Resets the
 * counters.
 */
export async function fallAsleep(
  { gateway, machineActivity }: TestGateway,
  { id, sleeper }: { id: string; sleeper: Sleeper },
  how: "suspend" | "stop" = "suspend",
): Promise<void> {
  await eventually(async () => {
    await gateway.settled();
    const isQuiet = !machineActivity.isActiveHere(id) && !machineActivity.isSurelyAwake(id);
    return isQuiet && (await sleeper.sleep(how));
  }, "sleep");
  sleeper.wakes = 0;
  sleeper.requests.length = 0;
}

/** Creates a deployment whose machine sleeps, with the stored handshake of its deployment and later ones. */
export async function deploySleeper(gateway: TestGateway, command?: string[]) {
  const token = `token-${Math.random()}`;
  const { id, key, deployment } = gateway.source.add(null, { runtime: "fly", hostToken: token });
  const sleeper = await startSleeper({ token, scope: id, command });
  gateway.source.endpoints.set(id, sleeper.url);
  const looks = gateway.source.onProbe;
  gateway.source.onProbe = (asked) => (asked === id ? Promise.resolve(sleeper.awake) : looks(asked));
  const refresh = async () => {
    const handshake = await performHandshake({ url: sleeper.url }, token, AbortSignal.timeout(120_000));
    deployment.cached = parseCachedLists(toHandshakeColumns(handshake));
    deployment.listsDigest = deployment.cached && digestLists(deployment.cached);
    gateway.source.announce(id);
  };
  const refreshes = gateway.source.onRefresh;
  gateway.source.onRefresh = (asked) => (asked === id ? refresh() : refreshes(asked));
  await refresh();
  return { id, key, deployment, sleeper, url: gateway.endpoint(id) };
}
