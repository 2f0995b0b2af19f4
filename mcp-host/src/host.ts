import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Config } from "./config.ts";
import { newCounters } from "./counters.ts";
import { Guard } from "./http/guard.ts";
import { LegacyEra } from "./http/legacy.ts";
import { ModernEra } from "./http/modern.ts";
import { createHttpServer } from "./http/server.ts";
import { endAllStreams } from "./http/sse.ts";
import { Preparation } from "./install/installer.ts";
import { Log } from "./log.ts";
import type { ModernCall } from "./modern/call.ts";
import { ModernClients } from "./modern/clients.ts";
import { OpenCalls } from "./modern/suspended-calls.ts";
import { SessionIds } from "./protocol/session-ids.ts";
import { MemoryBudget, privateBytes } from "./server/memory.ts";
import { Pool } from "./server/pool.ts";
import { Upstream } from "./server/upstream.ts";
import { EndedIds } from "./session/ended-ids.ts";
import { Sessions } from "./session/sessions.ts";
import { healthOf, type Phase, phaseOf, serversOf } from "./status.ts";
import { systemClock } from "./util/clock.ts";
import { collectWhenQuiet } from "./util/idle-gc.ts";
import { Redactor } from "./util/redact.ts";

export interface Host {
  /** Where it listens. */
  port: number;
  /** Stops accepting, lets calls in flight end for up to 5 s, ends every stream and every server process. */
  stop(): Promise<void>;
}

const DRAIN_MS = 5_000;
const MAX_WAITING_CALLS = 256;

/** Starts mcp-host: it listens at once, installs where a package is to be installed, and starts the server. */
export async function startHost(config: Config, env: Record<string, string | undefined>): Promise<Host> {
  const log = new Log(new Redactor(config.secrets));
  const counters = newCounters();
  const startedAt = new Date().toISOString();
  let stopping = false;

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
          if (preparation.launch === null) throw new Error("the server is not installed yet");
          return preparation.launch;
        },
        era: config.serverEra,
        handshakeTimeoutMs: config.handshakeTimeoutMs,
        restartPauseMs: config.restartPauseMs,
        log,
        counters,
      }),
  });
  const preparation = new Preparation({ config, env, log, onReady: () => pool.startSpare() });
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

  const openCalls = new OpenCalls<ModernCall>({
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

  const phase = (): Phase => {
    if (stopping) return "stopping";
    if (preparation.launch === null) return preparation.failed ? "failed" : "installing";
    return phaseOf(pool.upstreams);
  };
  const failure = () => {
    if (preparation.error !== null) {
      const { code, message } = preparation.error;
      return { code, message: log.redact(message) };
    }
    const failures = pool.upstreams.map((upstream) => upstream.supervisor.failure);
    return failures.find((item) => item !== null) ?? null;
  };
  const status = () => ({
    phase: phase(),
    error: failure(),
    stderrTail: log.stderrTail(),
    startedAt,
    isolation: config.isolation,
    install: preparation.times,
    ...serversOf(pool.upstreams),
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
      legacy: new LegacyEra({ sessions, counters, ready: () => preparation.wait() }),
      modern: new ModernEra({ clients, openCalls, counters, log, ready: () => preparation.wait() }),
    },
    health: () => healthOf(phase(), failure()),
    status,
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.port, config.host, resolve);
  });
  preparation.run().catch(() => {});
  collectWhenQuiet(() => `${JSON.stringify(counters)} ${sessions.count} ${clients.count}`);

  const stop = async () => {
    preparation.stop();
    stopping = true;
    log.host("stopping");
    server.close();
    const deadline = performance.now() + DRAIN_MS;
    const awaited = () => sessions.answerableCalls + clients.attendedCalls;
    while (awaited() > 0 && performance.now() < deadline) await new Promise((done) => setTimeout(done, 20));
    sessions.closeAll();
    clients.closeAll();
    endAllStreams();
    await pool.stop();
    ended.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, stop };
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
