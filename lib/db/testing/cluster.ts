import { type ChildProcess, execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { type Account, ensurePostgresAccount } from "../embedded/account.ts";
import { ensureUsableBinaries, findPackagedBinaries } from "../embedded/binaries.ts";
import { createPassword, initialize, launch, ROLE } from "../embedded/cluster.ts";
import { stopPostmaster } from "../embedded/postmaster.ts";

const run = promisify(execFile);
const START_WITHIN_MS = 60_000;

/** A PostgreSQL server that a test can configure, start and stop. */
export interface TestCluster {
  /** A folder that the server's user can enter, with the cluster in `data` and sockets in `sockets`. */
  folder: string;
  port: number;
  /** The account that runs it; null for the test's own user. */
  account: Account | null;
  /**
   * @param parameters after the question mark
   * @param address host and port, where it is not 127.0.0.1
   */
  url(parameters?: string, address?: string): string;
  /** Starts it with settings, and waits until it answers. */
  start(settings?: Record<string, string>): Promise<void>;
  /** Stops it as an operator does, and waits for its process to exit. */
  stop(): Promise<void>;
  /** Runs a statement as its superuser, on a connection that is then closed. */
  sql(statement: string): Promise<Record<string, unknown>[]>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

/** Creates a cluster without starting it. */
export async function createTestCluster(): Promise<TestCluster> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "catwalk-cluster-")));
  await chmod(folder, 0o711);
  const account = await ensurePostgresAccount();
  const binaries = await ensureUsableBinaries(findPackagedBinaries(), account, folder);
  const data = join(folder, "data");
  const [password, port] = [createPassword(), await freePort()];
  await initialize(binaries, data, password, account);
  await mkdir(join(folder, "sockets"));
  await giveAway(account, join(folder, "sockets"));
  let server: ChildProcess | undefined;
  const cluster: TestCluster = {
    folder,
    port,
    account,
    url: (parameters = "sslmode=disable", address = `127.0.0.1:${port}`) =>
      `postgresql://${ROLE}:${password}@${address}/postgres?${parameters}`,
    async start(settings = {}) {
      server = await launch(binaries, data, port, join(folder, "log"), { account, durable: false, settings });
      for (const end = Date.now() + START_WITHIN_MS; ; await delay(25)) {
        try {
          await cluster.sql("select 1");
          return;
        } catch (error) {
          if (server.exitCode !== null || Date.now() > end) throw error;
        }
      }
    },
    async stop() {
      await stopPostmaster(data);
      if (server && server.exitCode === null && server.signalCode === null) await once(server, "exit");
    },
    async sql(statement) {
      const client = new pg.Client({ connectionString: cluster.url() });
      client.on("error", () => undefined);
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(statement)).rows;
      } finally {
        await client.end();
      }
    },
    async remove() {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return cluster;
}

/** A certificate authority for tests, and its certificate for `localhost`. */
export interface TestCertificates {
  /** Server settings that use the certificate. */
  settings: Record<string, string>;
  authorityFile: string;
  /** An authority that has issued no certificate. */
  otherAuthorityFile: string;
}

/** Creates certificates in the cluster's folder. Null when openssl is not installed. */
export async function makeCertificates({ folder, account }: TestCluster): Promise<TestCertificates | null> {
  if (!(await hasProgram("openssl", "version"))) return null;
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder, timeout: 120_000 });
  const newKey = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
  for (const name of ["authority", "other"]) {
    await openssl("req", "-x509", ...newKey, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.crt`);
  }
  await openssl("req", ...newKey, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr");
  await writeFile(path("server.ext"), "subjectAltName=DNS:localhost\n");
  const authority = ["-CA", "authority.crt", "-CAkey", "authority.key", "-CAcreateserial", "-days", "2"];
  await openssl("x509", "-req", "-in", "server.csr", ...authority, "-extfile", "server.ext", "-out", "server.crt");
  await chmod(path("server.key"), 0o600);
  for (const name of ["server.key", "server.crt"]) {
    await giveAway(account, path(name));
  }
  return {
    settings: { ssl: "on", ssl_cert_file: path("server.crt"), ssl_key_file: path("server.key") },
    authorityFile: path("authority.crt"),
    otherAuthorityFile: path("other.crt"),
  };
}

/** Makes the server's user the owner of a file. */
export async function giveAway(account: Account | null, path: string): Promise<void> {
  if (account) await chown(path, account.uid, account.gid);
}

/** Tells whether a program runs on this host. */
export async function hasProgram(name: string, ...args: string[]): Promise<boolean> {
  return run(name, args, { timeout: 120_000 }).then(
    () => true,
    () => false,
  );
}

/** Finds a free TCP port of loopback. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address ? address.port : 0;
}
