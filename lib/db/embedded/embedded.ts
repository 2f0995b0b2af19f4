import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { StartError } from "../../errors/start-error.ts";
import { type Account, canEnter, ensurePostgresAccount } from "./account.ts";
import { ensureUsableBinaries, findPackagedBinaries } from "./binaries.ts";
import { createPassword, findClusterOwner, initialize, ROLE } from "./cluster.ts";
import { findPostmaster, removeStalePidFile, stopPostmaster } from "./postmaster.ts";
import { readRecord, resolveClusterFolder, type ServerRecord, writeRecord } from "./record.ts";
import { Supervisor } from "./supervisor.ts";

/** Holds binaries and clusters that the user `postgres` cannot reach below the data folder. */
const SHELF = "/var/lib/catwalk";
const DATABASE = "catwalk";

/** The PostgreSQL server of a data folder. */
export interface EmbeddedPostgres {
  /** The `DATABASE_URL` of the server. */
  url: string;
  /** Stops it and waits until its process is gone. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Called with lines for the person at the terminal. */
  say?: (line: string) => void;
  /** False only for tests: commits do not wait for the disk. */
  durable?: boolean;
  /** Aborts the start and leaves nothing running. */
  signal?: AbortSignal;
}

/**
 * Starts the PostgreSQL of a data folder. The first start initializes it, a start after a crash recovers it, and a server that
 * was left running is stopped first. A server that dies while it is in use is restarted on the same port.
 *
 * The caller must hold the data folder's lock.
 *
 * @param dataFolder the real, absolute path of a folder that exists
 * @throws StartError with the reason in a sentence
 */
export async function startEmbeddedPostgres(
  dataFolder: string,
  options: EmbeddedOptions = {},
): Promise<EmbeddedPostgres> {
  const { say = () => undefined, durable = true, signal } = options;
  const record = (await readRecord(dataFolder)) ?? (await newRecord(dataFolder));
  const cluster = resolveClusterFolder(dataFolder, record);
  // As root, the owner of an existing cluster's files decides which account can run it.
  const account = await chooseAccount(await findClusterOwner(cluster));
  const binaries = await ensureUsableBinaries(findPackagedBinaries(), account, SHELF);
  if (!(await findClusterOwner(cluster))) {
    if (record.initialised) throw toLostCluster(dataFolder, cluster);
    if (!cluster.startsWith(dataFolder))
      say(`The database is in ${cluster}: the user ${account?.name} cannot enter ${dataFolder}.`);
    await initialize(binaries, cluster, record.password, account, signal);
  }
  signal?.throwIfAborted();
  await stopPostmaster(cluster);
  await removeStalePidFile(cluster);
  const port = record.port && (await isFree(record.port)) ? record.port : await freePort();
  const current = { ...record, port, initialised: true };
  await writeRecord(dataFolder, current);
  const server = new Supervisor({
    binaries,
    cluster,
    port,
    url: buildUrl(current, "postgres"),
    logFile: join(dataFolder, "postgres.log"),
    account,
    durable,
    say,
  });
  try {
    await server.start();
    await createDatabase(buildUrl(current, "postgres"));
    signal?.throwIfAborted();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url: buildUrl(current, DATABASE), stop: () => server.stop() };
}

/**
 * Finds the URL of the PostgreSQL that runs on a data folder, or null. For commands that work beside a running Catwalk.
 *
 * @param dataFolder as for {@link startEmbeddedPostgres}
 */
export async function findRunningEmbeddedPostgres(dataFolder: string): Promise<string | null> {
  const record = await readRecord(dataFolder);
  const running = record && (await findPostmaster(resolveClusterFolder(dataFolder, record)));
  return running ? buildUrl({ ...record, port: running.port }, DATABASE) : null;
}

async function chooseAccount(owner: Account | null): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  return owner && owner.uid !== 0 ? owner : ensurePostgresAccount();
}

async function newRecord(dataFolder: string): Promise<ServerRecord> {
  const account = await ensurePostgresAccount();
  const isReachable = account === null || (await canEnter(dataFolder, account));
  const name = createHash("sha256").update(dataFolder).digest("hex").slice(0, 16);
  if (!isReachable) await mkdir(SHELF, { recursive: true, mode: 0o755 });
  const cluster = isReachable ? "postgres" : join(SHELF, name);
  const record = { cluster, port: 0, password: createPassword(), initialised: false };
  if (await findClusterOwner(resolveClusterFolder(dataFolder, record))) {
    throw new StartError(
      `There is a database in ${resolveClusterFolder(dataFolder, record)}, but its password is not in ${dataFolder}: bring postgres.json back, or move that folder away to begin with an empty database.`,
    );
  }
  await writeRecord(dataFolder, record);
  return record;
}

function toLostCluster(dataFolder: string, cluster: string): StartError {
  return new StartError(
    `The database should be in ${cluster} and is not there: bring it back, or remove ${join(dataFolder, "postgres.json")} to begin with an empty one.`,
  );
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (!rowCount) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

function buildUrl(record: ServerRecord, database: string): string {
  return `postgresql://${ROLE}:${record.password}@127.0.0.1:${record.port}/${database}?sslmode=disable`;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
