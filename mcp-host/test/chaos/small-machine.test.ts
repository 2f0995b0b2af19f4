import assert from "node:assert/strict";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { Client } from "../testing/client.ts";
import { eventually } from "../testing/eventually.ts";
import { startHost, type TestHost } from "../testing/host-process.ts";
import { http, JSON_HEADERS } from "../testing/http.ts";
import { isAlive } from "../testing/is-alive.ts";
import { textOf } from "../testing/rpc.ts";

// A machine of 256 MB, made of a control group: the kernel ends processes there as it does on a small machine.

const MACHINE_BYTES = 256 * 1024 * 1024;
/** The way in which mcp-host is started where memory is scarce. */
const nodeOptions = ["--max-semi-space-size=2"];
/** Moves itself into the group, then becomes the program: no byte is counted elsewhere. */
const ENTER = 'echo $$ > "$1" && shift && exec "$@"';

/** The folder under which this process can make control groups of memory, of either version; null where it cannot. */
function parentGroup(): { folder: string; version: 1 | 2 } | null {
  try {
    for (const line of readFileSync("/proc/self/cgroup", "utf8").split("\n")) {
      const [, controllers, path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const version = controllers === "" ? 2 : 1;
      if (controllers !== "" && controllers !== "memory") continue;
      const folder = join(version === 1 ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup", path);
      const limit = version === 1 ? "memory.limit_in_bytes" : "cgroup.subtree_control";
      if (!existsSync(join(folder, limit))) continue;
      if (version === 2 && !readFileSync(join(folder, limit), "utf8").includes("memory")) continue;
      accessSync(folder, constants.W_OK);
      return { folder, version };
    }
  } catch {
    return null;
  }
  return null;
}

interface Machine {
  /** Number of processes that the kernel has killed there for lack of memory. */
  killed(): number;
}

/** Runs mcp-host in a group of that size, and skips the test where there can be none. */
async function onSmallMachine(
  t: TestContext,
  env: Record<string, string>,
  body: (host: TestHost, machine: Machine) => Promise<void>,
): Promise<void> {
  const parent = parentGroup();
  if (parent === null) return t.skip("control groups of memory cannot be made here");
  const { version } = parent;
  const folder = join(parent.folder, `mcp-host-test-${process.pid}-${Math.random().toString(36).slice(2)}`);
  mkdirSync(folder);
  const set = (name: string, value: string) => {
    if (existsSync(join(folder, name))) writeFileSync(join(folder, name), value);
  };
  set(version === 1 ? "memory.limit_in_bytes" : "memory.max", String(MACHINE_BYTES));
  set(version === 1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max", version === 1 ? String(MACHINE_BYTES) : "0");
  const events = join(folder, version === 1 ? "memory.oom_control" : "memory.events");
  const killed = () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(events, "utf8"))?.[1]);
  const launcher = ["/bin/sh", "-c", ENTER, "sh", join(folder, "cgroup.procs")];
  try {
    const host = await startHost({ env, nodeOptions, launcher });
    try {
      await body(host, { killed });
    } finally {
      await host.close();
    }
  } finally {
    await eventually("the group empty", () => readFileSync(join(folder, "cgroup.procs"), "utf8") === "");
    rmdirSync(folder);
  }
}

const initialize = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
});

/** Opens sessions, each with a process, until there is no room for another. */
async function fill(host: TestHost): Promise<Client[]> {
  const clients: Client[] = [];
  for (;;) {
    const reply = await http(host, { headers: JSON_HEADERS, body: initialize });
    if (reply.status === 503) {
      assert.match(String(reply.headers["retry-after"]), /^\d+$/);
      return clients;
    }
    assert.equal(reply.status, 200, reply.text);
    const id = String(reply.headers["mcp-session-id"]);
    clients.push(Object.assign(Object.create(Client.prototype) as Client, { host, version: "2025-11-25", id }));
    assert(clients.length < 32, "a machine of 256 MB has no room for that many");
  }
}

describe("a machine of 256 MB", () => {
  test("with a process for each session, sessions beyond memory get 503, and the kernel kills none", (t) =>
    onSmallMachine(t, { MCP_ISOLATION: "session" }, async (host, machine) => {
      const clients = await fill(host);
      t.diagnostic(`${clients.length} sessions`);
      assert(clients.length >= 1);
      const large = "x".repeat(1024 * 1024);
      for (let round = 0; round < 3; round++) {
        await Promise.all(
          clients.map(async (client, index) => {
            assert.equal(textOf(await client.call("echo", { message: `own ${index}` })), `own ${index}`);
            assert.equal(textOf(await client.call("length", { message: large })), String(large.length));
          }),
        );
      }
      assert.equal(machine.killed(), 0);
      for (const client of clients) await http(host, { method: "DELETE", headers: client.headers });
      await eventually(
        "room again",
        async () => (await http(host, { headers: JSON_HEADERS, body: initialize })).status === 200,
      );
      assert.equal(machine.killed(), 0);
    }));

  test("a server that takes all memory is ended and restarted, while mcp-host and its sessions stay", (t) =>
    onSmallMachine(t, { MCP_RESTART_PAUSE_MS: "20" }, async (host, machine) => {
      const client = await Client.open(host);
      const beside = await Client.open(host);
      const lost = await client.call("hoard");
      assert.equal(lost.error?.data?.signal, "SIGKILL", JSON.stringify(lost));
      assert.equal(lost.error?.data?.code, "out_of_memory");
      assert(machine.killed() >= 1);
      assert(host.process.pid !== undefined && isAlive(host.process.pid));
      for (const session of [client, beside]) {
        assert.equal(textOf(await session.call("echo", { message: "goes on" })), "goes on");
      }
    }));
});
