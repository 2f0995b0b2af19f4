import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Config } from "./config.ts";
import { createCounters } from "./counters.ts";
import { Guard } from "./http/guard.ts";
import { LegacyTransport } from "./http/legacy.ts";
import { ModernTransport } from "./http/modern.ts";
import { createHttpServer } from "./http/server.ts";
import { endAllStreams } from "./http/sse.ts";
import { Installer } from "./install/installer.ts";
import { digestLock, encodeLock } from "./install/package-lock.ts";
import { Log } from "./log.ts";
import type { ModernCall } from "./modern/call.ts";
import { ModernClients } from "./modern/clients.ts";
import { SuspendedCalls } from "./modern/suspended-calls.ts";
import { SessionIds } from "./protocol/session-ids.ts";
import { MemoryBudget, readPrivateBytes } from "./server/memory.ts";
import { Pool } from "./server/pool.ts";
import { Upstream } from "./server/upstream.ts";
import { EndedIds } from "./session/ended-ids.ts";
import { Sessions } from "./session/sessions.ts";
import { combinePhases, describeServers, hasHealthyServer, type Phase, toHealth } from "./status.ts";
import { systemClock } from "./util/clock.ts";
import { collectWhenIdle } from "./util/idle-gc.ts";
import { Redactor } from "./util/redact.ts";

export interface Host {
  /** The port it listens on. */
  port: number;
  /** Stops accepting, waits up to 5 s for calls in flight, then ends every stream and every server process. */
  stop(): Promise<void>;
}

const DRAIN_MS = 5_000;
const MAX_SUSPENDED_CALLS = 256;

/** Starts mcp-host. It listens at once, then installs the package, if there is one, and starts the server. */
export async function startHost(config: Config, env: Record<string, string | undefined>): Promise<Host> {
  const log = new Log(new Redactor(config.secrets));
  const counters = createCounters();
  const startedAt = new Date().toISOString();
  let isStopping = false;

  const memory = new MemoryBudget({
    limitBytes: config.maxServerMemoryBytes,
    availableBytes: () => process.availableMemory(),
    readPrivateBytes,
  });
  const pool = new Pool({
    isolation: config.isolation,
    maxServers: config.maxServers,
    idleMs: config.idleSessionMs,
    hasRoom: (servers) => memory.hasRoom(servers),
    create: () =>
      new Upstream({
        launch: () => {
          if (installer.launch === null) throw new Error("the server is not installed yet");
          return installer.launch;
        },
        era: config.serverEra,
        handshakeTimeoutMs: config.handshakeTimeoutMs,
        restartBackoffMs: config.restartBackoffMs,
        log,
        counters,
      }),
  });
  const installer = new Installer({ config, env, log, onReady: () => pool.prestart() });
  const endedIds = new EndedIds({
    file: toEndedIdsFile(config),
    maxAgeMs: config.maxSessionAgeMs,
    clock: systemClock,
    log: (line) => log.logHost(line),
  });
  const ids = new SessionIds({
    secret: config.token,
    scope: config.sessionScope,
    maxAgeMs: config.maxSessionAgeMs,
    clock: systemClock,
    ended: endedIds,
  });
  const sessions = new Sessions({
    pool,
    ids,
    clock: systemClock,
    maxSessions: config.maxSessions,
    idleMs: config.idleSessionMs,
    log,
  });

  const suspendedCalls = new SuspendedCalls<ModernCall>({
    secret: config.token,
    scope: config.sessionScope,
    waitMs: config.inputWaitMs,
    yieldMs: config.inputYieldMs,
    max: MAX_SUSPENDED_CALLS,
    clock: systemClock,
  });
  const clients = new ModernClients({
    pool,
    suspendedCalls,
    maxClients: config.maxSessions,
    idleMs: config.idleSessionMs,
  });

  const phase = (): Phase => {
    if (isStopping) return "stopping";
    if (installer.launch === null) return installer.hasFailed ? "failed" : "installing";
    return combinePhases(pool.upstreams);
  };
  const failure = () => {
    if (installer.error !== null) {
      const { code, message } = installer.error;
      return { code, message: log.redact(message) };
    }
    const failures = pool.upstreams.map((upstream) => upstream.supervisor.failure);
    return failures.find((item) => item !== null) ?? null;
  };
  const status = () => ({
    phase: phase(),
    error: failure(),
    stderrTail: log.readStderrTail(),
    startedAt,
    isolation: config.isolation,
    install: installer.times && {
      ...installer.times,
      lock: installer.lock === null ? null : digestLock(installer.lock),
    },
    ...describeServers(pool.upstreams),
    sessions: { count: sessions.count, max: sessions.max },
    modernClients: clients.count,
    modernCalls: clients.attendedCalls,
    callsInFlight: sessions.callsInFlight + clients.attendedCalls,
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
      legacy: new LegacyTransport({ sessions, counters, ready: () => installer.whenReady() }),
      modern: new ModernTransport({ clients, suspendedCalls, counters, log, ready: () => installer.whenReady() }),
    },
    health: () => {
      const lastFailures = pool.upstreams.map((upstream) => upstream.supervisor.lastFailure);
      const error = failure() ?? lastFailures.find((item) => item !== null) ?? null;
      return toHealth(phase(), hasHealthyServer(pool.upstreams), error);
    },
    status,
    packageLock: () => (installer.lock === null ? null : encodeLock(installer.lock)),
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.port, config.host, resolve);
  });
  installer.run().catch(() => {});
  collectWhenIdle(() => `${JSON.stringify(counters)} ${sessions.count} ${clients.count}`);

  const stop = async () => {
    installer.stop();
    isStopping = true;
    log.logHost("stopping");
    server.close();
    const deadline = performance.now() + DRAIN_MS;
    const awaited = () => sessions.answerableCalls + clients.attendedCalls;
    while (awaited() > 0 && performance.now() < deadline) await new Promise((done) => setTimeout(done, 20));
    sessions.closeAll();
    clients.closeAll();
    endAllStreams();
    await pool.stop();
    endedIds.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

/**
 * Returns the file for ended session ids: one for each token and scope, because deployments can share the folder. Null without a
 * token, when ids end with the process, or without a folder.
 */
function toEndedIdsFile({ token, sessionScope, stateDir }: Config): string | null {
  if (token === null || stateDir === null) return null;
  const whose = createHash("sha256")
    .update(JSON.stringify([sessionScope, token]))
    .digest("hex")
    .slice(0, 16);
  return join(stateDir, `.ended-sessions-${whose}`);
}
