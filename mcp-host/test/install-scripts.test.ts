import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { InstallError } from "../src/install/errors.ts";
import { installNpm } from "../src/install/npm.ts";
import type { InstallPolicy } from "../src/install/types.ts";
import { linkFiles } from "../src/server/files.ts";
import { eventually } from "./testing/eventually.ts";
import { isAlive } from "./testing/is-alive.ts";
import { startRegistry } from "./testing/registry.ts";

const BIN = { bin: "cli.js" };
const CLI = { "cli.js": "#!/usr/bin/env node\n" };
/** Writes what a script sees into its package's folder, and a file into its HOME. */
const REPORT = `
const fs = require("node:fs");
fs.mkdirSync(process.env.HOME + "/.cache/browser", { recursive: true });
fs.writeFileSync(process.env.HOME + "/.cache/browser/program", "fetched");
let npmrc = "";
try { npmrc = fs.readFileSync(process.env.npm_config_userconfig || "/nothing", "utf8"); } catch {}
const seen = { env: process.env, npmrc, uid: process.getuid(), gids: process.getgroups() };
fs.writeFileSync("seen.json", JSON.stringify(seen));
`;
const LINGER = `
const { spawn } = require("node:child_process");
const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 600000)"], { detached: true, stdio: "ignore" });
require("node:fs").writeFileSync("lingering.pid", String(child.pid));
child.unref();
`;
const FILL = `
const fs = require("node:fs");
const chunk = Buffer.alloc(1 << 20, 1);
for (let n = 0; n < 400; n++) { fs.appendFileSync("big", chunk); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); }
`;

let folder: string;
let registry: Awaited<ReturnType<typeof startRegistry>>;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mcp-host-scripts-"));
  // The users of install scripts have to reach it.
  await chmod(folder, 0o755);
  registry = await startRegistry({
    server: {
      manifest: { ...BIN, dependencies: { native: "1.0.0" }, optionalDependencies: { broken: "1.0.0" } },
      files: CLI,
    },
    native: {
      manifest: { scripts: { postinstall: "node report.js" } },
      files: { ...CLI, "report.js": REPORT },
    },
    broken: { manifest: { scripts: { install: "exit 3" } }, files: CLI },
    lingers: { manifest: { ...BIN, scripts: { install: "node linger.js" } }, files: { ...CLI, "linger.js": LINGER } },
    fills: { manifest: { ...BIN, scripts: { install: "node fill.js" } }, files: { ...CLI, "fill.js": FILL } },
    fails: { manifest: { ...BIN, scripts: { install: "echo the moon is wrong >&2; exit 3" } }, files: CLI },
  });
});
after(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

/** Installs a package in a folder of its own, as an operator with an npmrc who has secrets in the environment. */
async function install(name: string, root: string, policy: Partial<InstallPolicy> = {}) {
  const home = join(folder, "operator");
  await mkdir(home, { recursive: true });
  await writeFile(join(home, ".npmrc"), `${registry.url.replace("http:", "")}:_authToken=token-of-the-operator\n`);
  const lines: string[] = [];
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    npm_config_registry: registry.url,
    "npm_config_//registry.example/:_authToken": "secret-of-the-operator",
    npm_config_sharp_binary_host: "https://user:secret-of-the-operator@files.example",
    PIP_INDEX_URL: "https://user:secret-of-the-operator@index.example/simple",
    MCP_HOST_TOKEN: "secret-of-the-operator",
  };
  const result = await installNpm({ registry: "npm", name, extras: [], version: "1.0.0" }, join(folder, root), {
    entry: null,
    env,
    policy: { scripts: null, maxBytes: 2 ** 30, users: null, ...policy },
    onLine: (line) => lines.push(line),
  });
  return { ...result, lines, installed: join(result.home, "..") };
}

describe("install scripts", () => {
  test("a script gets a server's environment and a HOME of the install, and no credential of the operator", async () => {
    const { installed, lines } = await install("server", "all");
    const text = await readFile(join(installed, "node_modules", "native", "seen.json"), "utf8");
    assert.doesNotMatch(text, /-of-the-operator/);
    const { env } = JSON.parse(text) as { env: Record<string, string> };
    assert.equal(env.HOME, join(installed, "home"));
    assert.equal(env.npm_config_registry, registry.url);
    assert.ok(!existsSync(join(folder, "operator", ".cache")), "nothing is written into the operator's HOME");
    assert.ok(lines.some((line) => /^running the install scripts of .*native 1\.0\.0/.test(line)));
    assert.ok(!existsSync(join(installed, "node_modules", "broken")), "an optional package that fails is left out");
    assert.ok(lines.some((line) => /^broken 1\.0\.0 is optional/.test(line)));
    assert.ok(!existsSync(join(installed, "tmp")));
  });

  test("only the scripts of named packages run, and the log names the others", async () => {
    const none = await install("server", "none", { scripts: [] });
    assert.ok(!existsSync(join(none.installed, "node_modules", "native", "seen.json")));
    assert.ok(none.lines.includes("install scripts that do not run: broken 1.0.0, native 1.0.0"));
    const named = await install("server", "named", { scripts: ["native"] });
    assert.ok(existsSync(join(named.installed, "node_modules", "native", "seen.json")));
    assert.ok(named.lines.includes("install scripts that do not run: broken 1.0.0"));
  });

  test("what a script left in its HOME is found in the server's, which stays writable beside it", async () => {
    const result = await install("server", "all");
    const home = join(folder, "server-home");
    await mkdir(join(home, ".cache"), { recursive: true });
    await writeFile(join(home, ".cache", "own"), "of the server");
    for (let round = 0; round < 2; round++) linkFiles(result.home, home, null);
    assert.equal(await readFile(join(home, ".cache", "browser", "program"), "utf8"), "fetched");
    await writeFile(join(home, ".cache", "browser", "profile"), "");
    assert.equal(await readFile(join(home, ".cache", "own"), "utf8"), "of the server");
  });

  test("a failing script fails the install with its own words", async () => {
    await assert.rejects(install("fails", "fails"), (error) => {
      assert.ok(error instanceof InstallError);
      assert.equal(error.code, "install_failed");
      assert.match(error.message, /the moon is wrong|exit 3/);
      assert.match(error.message, /^the install script of fails failed \(.*exit 3\): the moon is wrong$/);
      return true;
    });
  });

  test("an install that takes too much disk space is ended and leaves nothing", async () => {
    const root = "fills";
    await assert.rejects(install("fills", root, { maxBytes: 30 * 2 ** 20 }), /more than 30 MB of disk space/);
    assert.deepEqual(await readdir(join(folder, root)), []);
  });

  test("a process that a script leaves behind is ended", {
    skip: process.getuid?.() !== 0 && "needs root",
  }, async () => {
    const { installed } = await install("lingers", "lingers", { users: [1_700_000_000, 1_700_999_999] });
    const pid = Number(await readFile(join(installed, "node_modules", "lingers", "lingering.pid"), "utf8"));
    await eventually("its end", () => !isAlive(pid));
  });

  test("under root, scripts run as an unprivileged user, and what they leave belongs to root and is read-only", {
    skip: process.getuid?.() !== 0 && "needs root",
  }, async () => {
    const { installed } = await install("server", "users", { users: [1_700_000_000, 1_700_999_999] });
    const file = join(installed, "node_modules", "native", "seen.json");
    const { uid, gids } = JSON.parse(await readFile(file, "utf8")) as { uid: number; gids: number[] };
    assert.ok(uid >= 1_700_000_000 && uid <= 1_700_999_999, String(uid));
    assert.deepEqual(
      gids.filter((gid) => gid !== uid),
      [],
    );
    for (const path of [file, join(installed, "home", ".cache", "browser", "program"), installed]) {
      const info = await stat(path);
      assert.equal(info.uid, 0, path);
      assert.equal(info.mode & 0o022, 0, path);
    }
    assert.equal((await stat(file)).mode & 0o222, 0);
  });
});
