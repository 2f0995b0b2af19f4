import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { MachineSpec } from "../../runtime.ts";
import { configSchema } from "../api/schemas.ts";
import { buildAppName, buildPublicUrl, parseDeploymentId } from "../apps/naming.ts";
import { buildMachineConfig, digestConfig, disableAutostart, hasAutostart, isAsWritten } from "./machine-config.ts";
import { buildMachineSecrets, digestSecrets } from "./machine-secrets.ts";

const id = "0199d7a4-0000-7000-8000-000000000001";
const hosts = ["a.fly.dev", "a.example"];
const image = `registry.fly.io/hosts@sha256:${"a".repeat(64)}`;

function spec(size: Partial<MachineSpec["size"]> = {}): MachineSpec {
  return {
    deploymentId: id,
    package: "npm:x@1.0.0",
    args: ["--token", "argument-secret"],
    serverEnv: { API_KEY: "environment-secret" },
    files: [{ name: "key.json", content: "file-secret" }],
    hostToken: "host-secret",
    secrets: ["host-secret", "environment-secret", "argument-secret", "file-secret"],
    size: { memoryMb: 512, region: null, alwaysOn: false, ...size },
  };
}

const options = { installation: "abcd1234", image, isAppImage: false, hosts, secretsDigest: "d" };
const build = (size?: Partial<MachineSpec["size"]>) => buildMachineConfig({ ...options, spec: spec(size) });
/** As it comes back over the wire. */
const read = (config: unknown) => configSchema.parse(JSON.parse(JSON.stringify(config)));

test("a machine's config holds no secret, and the app's secrets hold them all", () => {
  const secrets = buildMachineSecrets(spec());
  const digest = digestSecrets(secrets);
  const config = JSON.stringify(buildMachineConfig({ ...options, spec: spec(), secretsDigest: digest }));
  assert.doesNotMatch(config, /secret(?!s")/);
  assert.deepEqual(JSON.parse(secrets.MCP_SERVER_ENV ?? ""), { API_KEY: "environment-secret" });
  assert.deepEqual(JSON.parse(secrets.MCP_ARGS ?? ""), ["--token", "argument-secret"]);
  assert.deepEqual(JSON.parse(secrets.MCP_SERVER_FILES ?? ""), { "key.json": "file-secret" });
  assert.deepEqual(JSON.parse(secrets.MCP_REDACT ?? ""), ["host-secret", "argument-secret"]);
  // The digest stands where many can read it: without the machine's token values cannot be tried out.
  assert.notEqual(digest, digestSecrets({ ...secrets, MCP_HOST_TOKEN: "another" }));
  assert.notEqual(digest, digestSecrets({ ...secrets, MCP_ARGS: "[]" }));
});

test("a machine of Catwalk's own image starts mcp-host in it, as mcp-host's image does by itself", async () => {
  const config = buildMachineConfig({ ...options, spec: spec(), isAppImage: true });
  const dockerfile = await readFile(join(import.meta.dirname, "../../../../mcp-host/Dockerfile"), "utf8");
  const command: string[] = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? "[]");
  assert.deepEqual(
    config.init?.cmd?.map((word) => word.replace("/app/mcp-host/dist/", "/app/")),
    command,
  );
  for (const [name, value] of Object.entries(config.env ?? {})) {
    if (!name.startsWith("MCP_")) assert.match(dockerfile, new RegExp(`\\b${name}=${value}(?:\\s|$)`));
  }
  assert.equal(config.env?.HOME, config.env?.MCP_SERVER_HOME);
  assert.ok(isAsWritten(read(config)));
  assert.ok(!isAsWritten(read({ ...config, init: {} })));
  assert.equal(build().init, undefined);
});

test("a machine suspends or never sleeps, and stops where it cannot suspend", () => {
  const service = (size?: Partial<MachineSpec["size"]>) => build(size).services?.[0];
  assert.deepEqual([service()?.autostop, service()?.autostart, service()?.min_machines_running], ["suspend", true, 0]);
  assert.equal(service()?.internal_port, 8080);
  const always = service({ alwaysOn: true });
  assert.deepEqual([always?.autostop, always?.autostart, always?.min_machines_running], ["off", true, 1]);
  assert.equal(service({ memoryMb: 4_096 })?.autostop, "stop");
  assert.deepEqual(build({ memoryMb: 4_096 }).guest, { cpu_kind: "shared", cpus: 2, memory_mb: 4_096 });
  assert.equal(build().restart?.policy, "on-failure");
  assert.equal(build().rootfs?.persist, "always");
  assert.equal(build().image, image);
  assert.equal(build().env?.MCP_ALLOWED_HOSTS, "a.fly.dev,a.example");
});

test("a config has the same digest as Fly returns it", () => {
  for (const config of [build(), build({ alwaysOn: true }), build({ memoryMb: 4_096 })]) {
    const [service] = config.services ?? [];
    const back = read({
      ...config,
      dns: {},
      init: { exec: null },
      files: [],
      mounts: null,
      env: { ...config.env, FLY_PROCESS_GROUP: "app" },
      guest: { ...config.guest, persist_rootfs: "always" },
      services: [
        {
          ...service,
          autostop: { off: false, stop: true, suspend: "suspend" }[service?.autostop ?? "off"],
          force_instance_key: null,
          ports: service?.ports?.map((port) => ({ ...port, tls_options: {} })),
        },
      ],
    });
    assert.ok(isAsWritten(back), JSON.stringify(back));
    assert.equal(digestConfig(back), digestConfig(config));
  }
});

test("every change of the machine changes the digest", () => {
  const config = build();
  const [service] = config.services ?? [];
  const changes: Record<string, unknown>[] = [
    { image: "registry.fly.io/evil@sha256:1" },
    { env: { ...config.env, NODE_OPTIONS: "--require /evil" } },
    { env: {} },
    { guest: { ...config.guest, memory_mb: 256 } },
    { guest: { ...config.guest, cpu_kind: "performance" } },
    { services: [] },
    { services: [{ ...service, autostart: false }] },
    { services: [{ ...service, autostop: false }] },
    { services: [service, { ...service, internal_port: 22 }] },
    { restart: { policy: "always" } },
    { rootfs: { persist: "never" } },
    { init: { exec: ["/bin/sleep"] } },
    { files: [{ guest_path: "/etc/passwd" }] },
    { processes: [{ exec: ["x"] }] },
    { metadata: {} },
  ];
  for (const change of changes) assert.ok(!isAsWritten(read({ ...config, ...change })), JSON.stringify(change));
});

test("a stopped machine has no autostart and counts as unchanged", () => {
  for (const config of [build(), build({ alwaysOn: true })]) {
    const [service] = config.services ?? [];
    const back = read({
      ...config,
      services: [{ ...service, autostop: service?.autostop === "suspend" ? "suspend" : false }],
    });
    const held = disableAutostart(back);
    assert.ok(hasAutostart(back));
    assert.ok(!hasAutostart(read(held)));
    assert.ok(isAsWritten(read(held)));
    assert.equal(held.services?.[0]?.min_machines_running, 0);
    assert.ok(["off", "suspend"].includes(held.services?.[0]?.autostop ?? ""));
    assert.equal(held.stop_config?.timeout, config.stop_config?.timeout);
  }
});

test("an app's name parses to its deployment, and foreign names do not", () => {
  const name = buildAppName("abcd1234", id);
  assert.match(name, /^[a-z][a-z0-9-]{0,62}$/);
  assert.equal(parseDeploymentId("abcd1234", name), id);
  const others = [buildAppName("zzzz9999", id), "cw-abcd1234", `${name}-x`, "cw-abcd1234-short", "my-app", ""];
  for (const other of others) assert.equal(parseDeploymentId("abcd1234", other), null, other);
  for (const bad of ["", "../x", `${id}x`, id.toUpperCase()])
    assert.throws(() => buildAppName("abcd1234", bad), TypeError);
  for (const bad of ["", "abc", "ABCD1234", "abcd-123"]) assert.throws(() => buildAppName(bad, id), TypeError);
});

test("an app's public address may be a host or a path", () => {
  assert.equal(buildPublicUrl("https://{app}.fly.dev", "a-b"), "https://a-b.fly.dev");
  assert.equal(buildPublicUrl("http://127.0.0.1:9000/{app}/", "a-b"), "http://127.0.0.1:9000/a-b");
});

test("a machine starts the program or module that its spec names, and needs no variable where it names none", () => {
  const environment = (more: Partial<MachineSpec>) =>
    buildMachineConfig({ ...options, spec: { ...spec(), ...more } }).env;
  assert.equal(environment({ program: "server" })?.MCP_PROGRAM, "server");
  assert.equal(environment({ module: "package.server" })?.MCP_MODULE, "package.server");
  assert.deepEqual(
    Object.keys(environment({ program: null }) ?? {}).filter((name) => /PROGRAM|MODULE/.test(name)),
    [],
  );
});

test("a lock goes to a new machine and changes no machine that runs; install scripts and a new resolution do", () => {
  const config = (fields: Partial<MachineSpec>) =>
    buildMachineConfig({ ...options, spec: { ...spec(), ...fields }, isAppImage: false });
  const plain = config({});
  const locked = config({ packageLock: "H4sI" });
  assert.equal(locked.env?.MCP_PACKAGE_LOCK, "H4sI");
  assert.equal(digestConfig(locked), digestConfig(plain));
  assert.equal(config({ packageLock: "x".repeat(200_000) }).env?.MCP_PACKAGE_LOCK, undefined);
  for (const fields of [{ installScripts: [] }, { packageResolution: 1 }]) {
    assert.notEqual(digestConfig(config(fields)), digestConfig(plain));
  }
  assert.equal(config({ installScripts: ["native"] }).env?.MCP_INSTALL_SCRIPTS, '["native"]');
});
