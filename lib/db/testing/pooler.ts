import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseDatabaseUrl } from "../url.ts";
import { freePort, type TestCluster } from "./cluster.ts";

const START_WITHIN_MS = 30_000;

/** PgBouncer in front of a test's server. */
export interface TestPooler {
  /** host:port */
  address: string;
  stop(): Promise<void>;
}

/**
 * Starts PgBouncer in transaction mode, which keeps connections to the server open after its clients have gone.
 *
 * @param settings of its `[pgbouncer]` section, over those for a test
 */
export async function startPooler(cluster: TestCluster, settings: Record<string, string> = {}): Promise<TestPooler> {
  const port = await freePort();
  const { user = "", password = "" } = parseDatabaseUrl(cluster.url());
  const path = (name: string) => join(cluster.folder, `pgbouncer-${port}.${name}`);
  const all = {
    listen_addr: "127.0.0.1",
    listen_port: String(port),
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: path("users"),
    pool_mode: "transaction",
    server_login_retry: "1",
    query_wait_timeout: "20",
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  const databases = `[databases]\n* = host=127.0.0.1 port=${cluster.port}\n`;
  await writeFile(path("ini"), `${databases}[pgbouncer]\n${lines.join("\n")}\n`);
  await writeFile(path("users"), `"${user}" "${password}"\n`, { mode: 0o600 });
  const identity = cluster.account && { uid: cluster.account.uid, gid: cluster.account.gid };
  if (identity) for (const name of ["ini", "users"]) await chown(path(name), identity.uid, identity.gid);
  const child = spawn("pgbouncer", ["--quiet", path("ini")], { ...identity, cwd: "/", stdio: "ignore" });
  for (const end = Date.now() + START_WITHIN_MS; !(await isOpen(port)); await delay(25)) {
    if (child.exitCode !== null || Date.now() > end) throw new Error(`PgBouncer does not start: ${path("ini")}`);
  }
  return { address: `127.0.0.1:${port}`, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
