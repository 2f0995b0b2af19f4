import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { Guard } from "./http/guard.ts";
import { LegacyEra } from "./http/legacy.ts";
import { ModernEra } from "./http/modern.ts";
import { createHttpServer } from "./http/server.ts";
import { endAllStreams } from "./http/sse.ts";
import { InstallError, type InstallErrorCode } from "./install/errors.ts";
import { type InstallTimes, install } from "./install/install.ts";
import { stopRunning } from "./install/run.ts";
import { RpcError, unavailable } from "./jsonrpc.ts";
import { Log } from "./log.ts";
import { ModernClients } from "./modern/clients.ts";
import { OpenCalls } from "./modern/open-calls.ts";
import { collectWhenQuiet } from "./quiet.ts";
import { Redactor } from "./redact.ts";
import { serverEnvironment } from "./server/environment.ts";
import { writeServerFiles } from "./server/files.ts";
import { MemoryBudget, privateBytes } from "./server/memory.ts";
import { Pool } from "./server/pool.ts";
import type { Launch } from "./server/process.ts";
import { Upstream } from "./server/upstream.ts";
import { EndedIds } from "./session/ended-ids.ts";
import { SessionIds } from "./session/session-ids.ts";
import { Sessions } from "./session/sessions.ts";
import { healthOf, newCounters, type Phase, phaseOf, serversOf } from "./status.ts";
import { within } from "./timeout.ts";

export interface Host {
  /** Where it listens. */
  port: number;
  /** Stops accepting, lets calls in flight end for up to 5 s, ends every stream and every server process. */
  stop(): Promise<void>;
}

const DRAIN_MS = 5_000;
const MAX_WAITING_CALLS = 256;
const MAX_RETRY_WAITED_MS = 10_000;
/** Why an install failed that may not be so the next time. */
const MAY_PASS: ReadonlySet<string> = new Set(["network", "install_failed"] satisfies InstallErrorCode[]);

/** Starts mcp-host: it listens at once, installs where a package is to be installed, and starts the server. */
export async function startHost(config: Config, env: Record<string, string | undefined>): Promise<Host> {
  const log = new Log(new Redactor(config.secrets));
  const counters = newCounters();
  const startedAt = new Date().toISOString();
  let stopping = false;
  let installError: InstallError | null = null;
  let installTimes: InstallTimes | null = null;
  let launch: Launch | null = null;

  const memory = new MemoryBudget({
    limitBytes: config.maxServerMemoryBytes,
    availableBytes: () => process.availableMemory(),
    privateBytes,
  });
  const pool = new Pool({
    isolation: config.isolation,
    maxServers: config.maxServers,
    idleMs: config.idleSessionMs,
    hasRoom: (servers) => memory.hasRoom(servers),
    create: () =>
      new Upstream({
        launch: () => {
          if (launch === null) throw new Error("the server is not installed yet");
          return launch;
        },
        era: config.serverEra,
        handshakeTimeoutMs: config.handshakeTimeoutMs,
        restartPauseMs: config.restartPauseMs,
        log,
        counters,
      }),
  });
  const ended = new EndedIds({
    file: endedIdsFile(config),
    maxAgeMs: config.maxSessionAgeMs,
    clock: systemClock,
    log: (line) => log.host(line),
  });
  const ids = new SessionIds({
    secret: config.token,
    scope: config.sessionScope,
    maxAgeMs: config.maxSessionAgeMs,
    clock: systemClock,
    ended,
  });
  const sessions = new Sessions({
    pool,
    ids,
    clock: systemClock,
    maxSessions: config.maxSessions,
    idleMs: config.idleSessionMs,
    log,
  });

  const openCalls = new OpenCalls({
    secret: config.token,
    scope: config.sessionScope,
    waitMs: config.inputWaitMs,
    yieldMs: config.inputYieldMs,
    max: MAX_WAITING_CALLS,
    clock: systemClock,
  });
  const clients = new ModernClients({
    pool,
    openCalls,
    maxClients: config.maxSessions,
    idleMs: config.idleSessionMs,
  });

  const prepare = async (): Promise<Launch> => {
    if (config.serverHome !== null) await furnish(config.serverHome, config.serverFiles);
    const serverEnv = serverEnvironment(env, config.serverEnv, config.serverHome);
    if ("command" in config.server) return { command: config.server.command, args: config.server.args, env: serverEnv };
    const result = await install(config.server.package, config.server.installDir, env, log, (times) => {
      installTimes = times;
    });
    return { command: result.command, args: [...result.args, ...config.server.args], env: serverEnv };
  };

  let preparing: Promise<void> | null = null;
  /** Installs what there is to install, once; tries again when an install has failed before. */
  const ready = (): Promise<void> => {
    if (stopping) return Promise.reject(new RpcError(unavailable("mcp-host is stopping", 5)));
    if (launch !== null) return Promise.resolve();
    preparing ??= prepare()
      .then((result) => {
        launch = result;
        installError = null;
        if (!stopping) pool.startSpare();
      })
      .catch((error: unknown) => {
        installError = error instanceof InstallError ? error : new InstallError("install_failed", String(error));
        log.host(`install failed (${installError.code}): ${installError.message}`);
        throw notInstalled(installError);
      })
      .finally(() => {
        preparing = null;
      });
    return preparing;
  };

  const notInstalled = ({ code, message }: InstallError) => {
    const data = { code, stderrTail: log.stderrTail().slice(-20) };
    const retryAfterS = MAY_PASS.has(code) ? 30 : undefined;
    return new RpcError(unavailable(`MCP server: ${log.redact(message)}`, retryAfterS, { data }));
  };

  /** The same for a request: one that comes after a failure waits for the next attempt only so long. */
  const installed = async (): Promise<void> => {
    if (launch !== null && !stopping) return;
    const before = installError;
    const waitMs = before === null ? config.handshakeTimeoutMs : MAX_RETRY_WAITED_MS;
    const done = await within(
      waitMs,
      ready().then(() => true),
    );
    if (done) return;
    if (before !== null) throw notInstalled(before);
    throw new RpcError(unavailable(`MCP server: still installing after ${waitMs / 1000} s; try again later`, 10));
  };

  const phase = (): Phase => {
    if (stopping) return "stopping";
    if (launch === null) return installError !== null && preparing === null ? "failed" : "installing";
    return phaseOf(pool.upstreams);
  };
  const failure = () => {
    if (installError !== null) return { code: installError.code, message: log.redact(installError.message) };
    const failures = pool.upstreams.map((upstream) => upstream.supervisor.failure);
    return failures.find((item) => item !== null) ?? null;
  };
  const status = () => ({
    phase: phase(),
    error: failure(),
    stderrTail: log.stderrTail(),
    startedAt,
    isolation: config.isolation,
    install: installTimes,
    ...serversOf(pool.upstreams),
    sessions: { count: sessions.count, max: sessions.max },
    modernClients: clients.count,
    modernCalls: clients.attendedCalls,
    memory: { rssBytes: process.memoryUsage.rss() },
    counts: counters,
  });

  const server = createHttpServer({
    guard: new Guard(config),
    log,
    mcp: {
      sessions,
      maxBodyBytes: config.maxBodyBytes,
      bodyTimeoutMs: config.bodyTimeoutMs,
      legacy: new LegacyEra({ sessions, counters, ready: installed }),
      modern: new ModernEra({ clients, openCalls, counters, log, ready: installed }),
    },
    health: () => healthOf(phase(), failure()),
    status,
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.port, config.host, resolve);
  });
  ready().catch(() => {});
  collectWhenQuiet(() => `${JSON.stringify(counters)} ${sessions.count} ${clients.count}`);

  const stop = async () => {
    stopRunning();
    stopping = true;
    log.host("stopping");
    server.close();
    const deadline = performance.now() + DRAIN_MS;
    const inFlight = () => sessions.callsInFlight + clients.attendedCalls;
    while (inFlight() > 0 && performance.now() < deadline) await new Promise((done) => setTimeout(done, 20));
    sessions.closeAll();
    clients.closeAll();
    endAllStreams();
    await pool.stop();
    ended.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

/** The server's home with its files. Throws InstallError. */
async function furnish(home: string, files: ReadonlyMap<string, string>): Promise<void> {
  try {
    await writeServerFiles(home, files);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? error.code : error;
    throw new InstallError("install_failed", `the server's home and its files could not be written (${reason})`);
  }
}

/** One for each token and scope, since the folder may be several deployments'. Null where ids end with the process, or there is no folder. */
function endedIdsFile({ token, sessionScope, stateDir }: Config): string | null {
  if (token === null || stateDir === null) return null;
  const whose = createHash("sha256")
    .update(JSON.stringify([sessionScope, token]))
    .digest("hex")
    .slice(0, 16);
  return join(stateDir, `.ended-sessions-${whose}`);
}
