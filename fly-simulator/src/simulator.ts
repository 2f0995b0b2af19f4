import { once } from "node:events";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findHostScript } from "../../lib/runtime/local/local-runtime.ts";
import { ApiServer } from "./api-server.ts";
import { runAutostop } from "./autostop.ts";
import { answerControl } from "./control.ts";
import { Faults } from "./faults.ts";
import { FlyProxy } from "./fly-proxy.ts";
import type { Machine } from "./machine.ts";
import { answerRegistry } from "./registry.ts";
import { DURATIONS } from "./rules.ts";
import type { FlySimulator, SimulatedMachine } from "./simulator-types.ts";
import { parseDurationMs } from "./tokens.ts";
import { World } from "./world.ts";

export interface FlySimulatorOptions {
  /** Scales Fly's durations: 1 as on Fly, 0.05 for tests. Rates, timeouts and tokens are not scaled. */
  timeScale?: number;
  /** The interval of the autostop loop in milliseconds; "never" leaves it to `autostopNow`. */
  autostopEveryMs?: number | "never";
  org?: string;
  /** The regions that exist. The first one is the default. */
  regions?: readonly string[];
  /** 0 lets the system choose. */
  port?: number;
  publicPort?: number;
  /** The environment from which machines get network and package client settings; this process's by default. */
  hostEnv?: Readonly<Record<string, string | undefined>>;
}

const POLL_MS = 25;
const ROOT = resolve(import.meta.dirname, "..", "..");

/** Starts a simulated Fly on loopback. Its processes end with this one, however that ends. */
export async function startFlySimulator(options: FlySimulatorOptions = {}): Promise<FlySimulator> {
  const timeScale = options.timeScale ?? 1;
  const org = options.org ?? "personal";
  const folder = await realpath(await mkdtemp(join(tmpdir(), "fly-simulator-")));
  const world = new World({
    folder,
    timeScale,
    hostScript: findHostScript(ROOT),
    hostEnv: options.hostEnv ?? process.env,
    org,
    regions: options.regions ?? ["iad", "fra", "lhr", "syd"],
  });
  const faults = new Faults();
  const api = new ApiServer(world, faults);
  const address = new FlyProxy(world);
  let simulator: FlySimulator | null = null;
  const apiServer = createServer((request, response) => {
    const url = URL.parse(`http://simulator${request.url ?? "/"}`);
    if (!url) return void response.writeHead(400).end();
    if (url.pathname === "/v2" || url.pathname.startsWith("/v2/"))
      return answerRegistry(world, request, response, url.pathname);
    if (url.pathname.startsWith("/_simulator") && simulator)
      return void answerControl(simulator, request, response, url);
    void api.handle(request, response, url);
  });
  const publicServer = createServer((request, response) => void address.handle(request, response));
  // A stream may stay open without limit. The proxy's rules close an idle one.
  publicServer.requestTimeout = 0;
  const port = await listen(apiServer, options.port ?? 0);
  const publicPort = await listen(publicServer, options.publicPort ?? 0);
  const everyMs = options.autostopEveryMs ?? DURATIONS.autostopEveryMs.value * timeScale;
  const loop = everyMs === "never" ? null : setInterval(() => runAutostop(world), everyMs).unref();

  const registry = `127.0.0.1:${port}`;
  const addImage = (repository: string, tag: string, program: "mcp-host" | "app" = "mcp-host") => ({
    digest: `${registry}/${repository}@${world.addImage(repository, tag, program)}`,
    tag: `${registry}/${repository}:${tag}`,
  });
  const image = addImage("mcp-host", "latest");
  const appImage = addImage("catwalk", "deployment-1", "app");
  const machineIn = (app: string, id: string): Machine => {
    const machine = world.apps.get(app)?.machines.get(id);
    if (!machine) throw new Error(`the simulator has no machine ${id} in ${app}`);
    return machine;
  };
  const token = world.tokens.make({ kind: "org", org, app: null });
  const url = `http://${registry}`;
  const publicUrlTemplate = `http://127.0.0.1:${publicPort}/{app}`;
  const flySettings = {
    RUNTIME: "fly",
    FLY_API_HOSTNAME: url,
    FLY_PUBLIC_URL_TEMPLATE: publicUrlTemplate,
    FLY_API_TOKEN: token,
    FLY_ORG: org,
    FLY_REGION: world.options.regions[0] ?? "",
  };
  const settings = { ...flySettings, MCP_HOST_IMAGE: image.digest };

  simulator = {
    url,
    publicUrlTemplate,
    token,
    org,
    image: image.digest,
    imageTag: image.tag,
    env: settings,
    appEnv: { ...flySettings, FLY_APP_NAME: "catwalk", FLY_IMAGE_REF: appImage.tag },
    requests: api.requests,
    publicRequests: address.requests,
    violations: api.violations,
    forget() {
      for (const list of [api.requests, api.violations, address.requests]) list.length = 0;
    },
    inject: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    apps: () =>
      [...world.apps.values()].map((app) => ({
        name: app.name,
        org: app.org,
        network: app.network,
        isDeleting: app.isDeleting,
        ips: app.ips.map(({ ip, type }) => ({ ip, type })),
        secrets: Object.keys(app.secretValues()),
      })),
    machines: (app) => (world.apps.get(app)?.liveMachines ?? []).map((machine) => viewMachine(app, machine)),
    async until(app, id, states, timeoutMs = 60_000) {
      const machine = machineIn(app, id);
      const signal = AbortSignal.timeout(timeoutMs);
      const wanted = typeof states === "string" ? [states] : states;
      while (!wanted.includes(machine.state)) {
        if (signal.aborted)
          throw new Error(`machine ${id} is ${machine.state}, not ${wanted.join(" or ")}\n${machine.output}`);
        await machine.waitForChange(signal);
      }
      return viewMachine(app, machine);
    },
    async destroyMachine(app, id) {
      machineIn(app, id).destroy(true);
      await simulator?.until(app, id, "destroyed");
    },
    changeMachine(app, id, change) {
      const machine = machineIn(app, id);
      machine.update({
        config: change(structuredClone(machine.config)),
        imageDigest: machine.imageDigest,
        skipLaunch: false,
      });
    },
    async destroyApp(name) {
      const app = world.apps.get(name);
      if (!app) throw new Error(`the simulator has no app ${name}`);
      world.deleteApp(app, true);
      while (world.apps.has(name)) await new Promise((done) => setTimeout(done, POLL_MS));
    },
    takeName(app) {
      const stranger = {
        kind: "org",
        org: "somebody-else",
        app: null,
        text: "",
        expiresAtMs: Number.POSITIVE_INFINITY,
      } as const;
      world.createApp({ name: app, org: stranger.org, network: "default" }, stranger);
    },
    crash: (app, id) => machineIn(app, id).crash(false),
    oom: (app, id) => machineIn(app, id).crash(true),
    loseSnapshot: (app, id) => machineIn(app, id).loseSnapshot(),
    autostopNow: () => runAutostop(world),
    setRegionFull(region, full) {
      if (full) world.fullRegions.add(region);
      else world.fullRegions.delete(region);
    },
    makeToken: (scope) =>
      world.tokens.make(
        { kind: scope.app === undefined ? "org" : "deploy", org: scope.org ?? org, app: scope.app ?? null },
        ...(scope.expiry === undefined ? [] : [parseDurationMs(scope.expiry)]),
      ),
    revokeToken: (revoked) => world.tokens.revoke(revoked),
    addImage,
    async stop() {
      if (loop) clearInterval(loop);
      for (const server of [apiServer, publicServer]) {
        server.close();
        server.closeAllConnections();
      }
      await world.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
  return simulator;
}

function viewMachine(app: string, machine: Machine): SimulatedMachine {
  const { id, name, state, region, version, config, events, load, pid, dataDir, output } = machine;
  return { id, name, app, state, region, version, config, events, load, pid, dataDir, output };
}

async function listen(server: Server, port: number): Promise<number> {
  await once(server.listen(port, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the simulator has no port");
  return address.port;
}
