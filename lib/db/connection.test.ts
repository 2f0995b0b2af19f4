import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import pg from "pg";
import { isDatabaseUnavailable } from "../errors/database-unavailable.ts";
import { createClient } from "./client.ts";
import { createTestCluster, makeCertificates, type TestCertificates, type TestCluster } from "./testing/cluster.ts";
import { toPoolConfig } from "./url.ts";

// Every form of DATABASE_URL against a real server, which listens on loopback and on a socket, first without TLS and then with it.

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);
let cluster: TestCluster;
let certificates: TestCertificates | null;

before(async () => {
  cluster = await createTestCluster();
  certificates = await makeCertificates(cluster);
  await start({});
});
after(() => cluster?.remove());

async function start(settings: Record<string, string>): Promise<void> {
  await cluster.stop();
  const listening = { listen_addresses: hasIpv6 ? "127.0.0.1,::1" : "127.0.0.1" };
  await cluster.start({ ...listening, unix_socket_directories: join(cluster.folder, "sockets"), ...settings });
}

interface Connected {
  isEncrypted: boolean;
  /** The server's side of the connection; null on a socket. */
  address: string | null;
}

/** Connects as the app does, through Prisma, and as the migrations do, with pg alone. */
async function connect(url: string): Promise<Connected> {
  const statement = `select coalesce(ssl, false) as "isEncrypted", host(inet_server_addr()) as address
    from pg_stat_ssl where pid = pg_backend_pid()`;
  const [prisma, client] = [createClient(url), new pg.Client(toPoolConfig(url))];
  client.on("error", () => undefined);
  try {
    const [row] = await prisma.$queryRawUnsafe<Connected[]>(statement);
    await client.connect();
    assert.deepEqual({ ...(await client.query<Connected>(statement)).rows[0] }, { ...row });
    assert.ok(row);
    return row;
  } finally {
    await prisma.$disconnect();
    await client.end();
  }
}

const local = () => `localhost:${cluster.port}`;
const isEncrypted = async (parameters: string, address = local()) =>
  (await connect(cluster.url(parameters, address))).isEncrypted;

test("a server without TLS: modes that do not insist on it connect, the others say why not", async () => {
  for (const parameters of ["", "sslmode=disable", "sslmode=allow", "sslmode=prefer", "ssl=false"]) {
    assert.equal(await isEncrypted(parameters), false, parameters);
  }
  for (const mode of ["require", "no-verify", "verify-ca", "verify-full"]) {
    await assert.rejects(connect(cluster.url(`sslmode=${mode}`, local())), /does not support SSL/, mode);
  }
});

test("parameters that hosts and other drivers add to a URL are accepted", async () => {
  const parameters =
    "pgbouncer=true&connection_limit=1&pool_timeout=5&connect_timeout=10&target_session_attrs=read-write";
  assert.equal(await isEncrypted(parameters), false);
  const url = cluster.url("options=-c%20statement_timeout%3D4321&application_name=a%20cat");
  const client = new pg.Client(toPoolConfig(url));
  await client.connect();
  const settings =
    "select current_setting('statement_timeout') as timeout, current_setting('application_name') as name";
  assert.deepEqual((await client.query(settings)).rows, [{ timeout: "4321ms", name: "a cat" }]);
  await client.end();
});

test("hosts: an IPv6 address, a socket in either spelling, and a user without a host", async (context) => {
  const folder = join(cluster.folder, "sockets");
  for (const address of [encodeURIComponent(folder), ""]) {
    const url = cluster.url(`port=${cluster.port}${address === "" ? `&host=${folder}` : ""}`, address);
    assert.deepEqual(await connect(url), { isEncrypted: false, address: null });
  }
  if (!hasIpv6) return context.skip("this host has no IPv6");
  assert.deepEqual(await connect(cluster.url("", `[::1]:${cluster.port}`)), { isEncrypted: false, address: "::1" });
});

test("passwords with every character, in both schemes", async () => {
  const password = "p@ss/w:ö rd?#%&=\\'\"";
  await cluster.sql(`create role strange login password '${password.replaceAll("'", "''")}'`);
  for (const scheme of ["postgres", "postgresql"]) {
    const url = `${scheme}://strange:${encodeURIComponent(password)}@${local()}/postgres`;
    assert.equal((await connect(url)).isEncrypted, false);
  }
});

test("a schema of its own is where unqualified names lead", async () => {
  await cluster.sql(`create schema "ten ant"; create table "ten ant".things as select 7 as number`);
  const client = createClient(cluster.url("schema=ten%20ant"));
  assert.deepEqual(await client.$queryRaw`select number from things`, [{ number: 7 }]);
  await client.$disconnect();
});

test("a server with TLS: each mode encrypts and verifies as it promises", async (context) => {
  if (!certificates) return context.skip("there is no openssl to make certificates with");
  const { authorityFile, otherAuthorityFile } = certificates;
  await start(certificates.settings);
  for (const parameters of ["sslmode=disable", "ssl=0"]) assert.equal(await isEncrypted(parameters), false);
  const own = `sslrootcert=${authorityFile}`;
  const encrypting = [
    ...["", "sslmode=allow", "sslmode=prefer", "sslmode=require", "sslmode=no-verify"],
    "sslmode=require&channel_binding=require",
    ...["require", "verify-ca", "verify-full"].map((mode) => `sslmode=${mode}&${own}`),
  ];
  for (const parameters of encrypting) assert.equal(await isEncrypted(parameters), true, parameters);

  // By another name the authority is still right, and the name is wrong.
  const byAddress = `127.0.0.1:${cluster.port}`;
  for (const mode of ["require", "verify-ca"])
    assert.equal(await isEncrypted(`sslmode=${mode}&${own}`, byAddress), true);
  await assert.rejects(connect(cluster.url(`sslmode=verify-full&${own}`, byAddress)), /not in the cert|altnames/i);
  const refused = [
    ...["require", "verify-ca", "verify-full"].map((mode) => `sslmode=${mode}&sslrootcert=${otherAuthorityFile}`),
    ...["sslmode=verify-ca", "sslmode=verify-full", "sslmode=verify-full&sslrootcert=system", "ssl=true"],
  ];
  for (const parameters of refused) {
    await assert.rejects(connect(cluster.url(parameters, local())), /self.signed|unable to|certificate/i, parameters);
  }
});

test("a server that takes encrypted connections alone is reached without an sslmode", async (context) => {
  if (!certificates) return context.skip("there is no openssl to make certificates with");
  await cluster.sql("create role remote login password 'secret'");
  const rules = ["hostnossl all remote all reject", "host all all all scram-sha-256"];
  await cluster.sql(`create table rules (line text); insert into rules values ${rules.map((rule) => `('${rule}')`)}`);
  const file = join(cluster.folder, "data", "pg_hba.conf");
  await cluster.sql(`copy rules to '${file}'; select pg_reload_conf()`);
  const url = (parameters: string) => `postgres://remote:secret@${local()}/postgres?${parameters}`;
  await assert.rejects(connect(url("sslmode=disable")), /no encryption/);
  assert.equal((await connect(url(""))).isEncrypted, true);
});

test("a server that hangs up is the database being away, one of another kind is refused", async (context) => {
  const closing = await startServer(context, "");
  await assert.rejects(connect(closing), isDatabaseUnavailable);
  await assert.rejects(connect(`${closing}?sslmode=disable`), isDatabaseUnavailable);
  const other = await startServer(context, "HTTP/1.1 400 Bad Request\r\n\r\n");
  await assert.rejects(connect(other), /does not answer as PostgreSQL does/);
});

/** Something that answers the first bytes of every connection, and ends it. @returns its URL */
async function startServer(context: TestContext, answer: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(answer));
  }).listen(0, "127.0.0.1");
  context.after(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  return `postgres://me:x@127.0.0.1:${typeof address === "object" && address ? address.port : 0}/cat`;
}
