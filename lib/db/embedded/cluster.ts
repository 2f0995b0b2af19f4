import { execFile, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { chown, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { StartError } from "../../errors/start-error.ts";
import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";

const run = promisify(execFile);
/** PostgreSQL's whole environment: none of this process's keys, and no PG… variables of the operator's own servers. */
const ENVIRONMENT = {
  LC_ALL: "C",
  PATH: process.env.PATH ?? "",
  TMPDIR: tmpdir(),
  NODE_ENV: process.env.NODE_ENV,
};

/** The role and the database that Catwalk uses in its embedded server. */
export const ROLE = "catwalk";

/**
 * Finds the account that owns a folder's cluster, or null when there is no cluster. A cluster gets its name when it is complete,
 * so an interrupted initdb does not count.
 *
 * @throws StartError when this user cannot read the folder
 */
export async function findClusterOwner(cluster: string): Promise<Account | null> {
  try {
    const { uid, gid } = await stat(join(cluster, "PG_VERSION"));
    return { name: `with the number ${uid}`, uid, gid };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new StartError(`The database in ${cluster} cannot be read: start Catwalk as the user that made it.`);
  }
}

/**
 * Initializes a cluster.
 *
 * @param cluster its folder, which appears when everything is in place
 * @param password of the role {@link ROLE}
 * @param account owns and runs it; null for the current user
 * @throws StartError with PostgreSQL's own reason in one line
 */
export async function initialize(
  binaries: Binaries,
  cluster: string,
  password: string,
  account: Account | null,
  signal?: AbortSignal,
): Promise<void> {
  // A fresh name: the initdb of a killed Catwalk may still write to an older one.
  const unfinished = `${cluster}.unfinished-${randomUUID()}`;
  const passwordFile = `${unfinished}.password`;
  await removeUnfinished(cluster);
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: "wx" });
    if (account) for (const path of [unfinished, passwordFile]) await chown(path, account.uid, account.gid);
    const options = ["--auth=scram-sha-256", "--locale=C", "--encoding=UTF8", `--username=${ROLE}`];
    await run(binaries.initdb, [`--pgdata=${unfinished}`, `--pwfile=${passwordFile}`, ...options], {
      ...(account && { uid: account.uid, gid: account.gid }),
      cwd: "/",
      env: ENVIRONMENT,
      timeout: 120_000,
      signal,
    });
    await rename(unfinished, cluster);
  } catch (error) {
    signal?.throwIfAborted();
    throw new StartError(`PostgreSQL's data folder ${cluster} could not be created: ${toReason(error)}.`);
  } finally {
    await removeUnfinished(cluster);
  }
}

async function removeUnfinished(cluster: string): Promise<void> {
  for (const name of await readdir(dirname(cluster))) {
    if (!name.startsWith(`${basename(cluster)}.unfinished-`)) continue;
    await rm(join(dirname(cluster), name), { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Starts the server of a cluster, in a process group of its own: a Ctrl-C at the terminal reaches Catwalk, which stops the
 * server when it no longer needs it.
 *
 * @param logFile receives its output; overwritten at every start
 * @param options.durable false only for tests: commits do not wait for the disk
 * @param options.settings override the server's settings; only for tests
 * @returns the child process, which does not keep this one alive
 */
export async function launch(
  binaries: Binaries,
  cluster: string,
  port: number,
  logFile: string,
  options: { account: Account | null; durable: boolean; settings?: Record<string, string> },
) {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: options.durable ? "100" : "300",
    log_checkpoints: "off",
    ...(!options.durable && { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
    ...options.settings,
  };
  const log = await open(logFile, "w", 0o600);
  try {
    return spawn(
      binaries.postgres,
      [
        "-D",
        cluster,
        "-p",
        String(port),
        ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      ],
      {
        ...(options.account && { uid: options.account.uid, gid: options.account.gid }),
        cwd: "/",
        env: ENVIRONMENT,
        detached: true,
        stdio: ["ignore", log.fd, log.fd],
      },
    );
  } finally {
    // Not awaited: a server that ends at once would have ended before its caller listens for that.
    log.close().catch(() => undefined);
  }
}

/** Creates a password that needs no escaping in a URL. */
export function createPassword(): string {
  return randomBytes(24).toString("base64url");
}

/** Extracts the reason from a failed command's output, without its time and level. */
function toReason(error: unknown): string {
  const text = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const telling = lines.find((line) => /error|fatal|could not|no space|denied/i.test(line)) ?? lines.at(-1);
  const reason = telling ?? (error instanceof Error ? error.message.split("\n")[0] : String(error)) ?? "";
  return reason.replace(/^(initdb: |.*?(FATAL|PANIC|ERROR): )(error: )?\s*/, "").replace(/\.$/, "");
}
