import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { after, before, test } from "node:test";
import { parseImage } from "../src/images.ts";
import { RateLimiter } from "../src/rate-limits.ts";
import * as rules from "../src/rules.ts";
import { startFlySimulator } from "../src/simulator.ts";
import type { FlySimulator } from "../src/simulator-types.ts";
import { ApiError } from "../src/types.ts";
import { call, hostConfig } from "./requests.ts";

// The API alone: machines are made and never launched.

let fly: FlySimulator;

before(async () => {
  fly = await startFlySimulator({ timeScale: 0.001, autostopEveryMs: "never" });
});

after(() => fly.stop());

const newApp = async (name: string) => {
  const made = await call(fly, "POST", "/apps", { json: { name, org_slug: "personal" } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
};

const newMachine = async (app: string, more: Record<string, unknown> = {}) =>
  call(fly, "POST", `/apps/${app}/machines`, { json: { config: hostConfig(fly), skip_launch: true, ...more } });

/** The violations that something caused, forgotten afterwards. */
async function violationsOf(work: () => Promise<unknown>): Promise<string[]> {
  assert.deepEqual(fly.violations, []);
  await work();
  const messages = fly.violations.map(({ message }) => message);
  fly.forget();
  return messages;
}

test("both schemes of a token are accepted; a missing, wrong, revoked or expired one is 401", async () => {
  const bare = fly.token.replace("FlyV1 ", "");
  for (const token of [fly.token, `Bearer ${fly.token}`, `Bearer ${bare}`, `FlyV1 ${bare},fm2_other`]) {
    assert.equal((await call(fly, "GET", "/tokens/current", { token })).status, 200, token.slice(0, 12));
  }
  const revoked = fly.makeToken({});
  fly.revokeToken(revoked);
  const expired = fly.makeToken({ expiry: "0s" });
  for (const token of [null, "", bare, "Bearer fm2_nobody", revoked, expired]) {
    const reply = await call(fly, "GET", "/tokens/current", { token });
    assert.equal(reply.status, 401);
    assert.equal(typeof reply.body.error, "string");
    assert.match(reply.requestId ?? "", /^\w+-sim$/);
  }
});

test("a deploy token works on its app alone", async () => {
  await newApp("mine");
  await newApp("other");
  const { body } = await call(fly, "POST", "/apps/mine/deploy_token", { json: { expiry: "1h" } });
  const token = String(body.token);
  assert.equal((await call(fly, "GET", "/apps/mine", { token })).status, 200);
  assert.equal((await call(fly, "POST", "/apps/mine/secrets", { token, json: { values: { A: "b" } } })).status, 200);
  assert.equal((await call(fly, "GET", "/apps/other", { token })).status, 403);
  assert.equal((await call(fly, "GET", "/apps/nowhere", { token })).status, 404);
  assert.equal((await call(fly, "POST", "/apps", { token, json: { name: "more", org_slug: "personal" } })).status, 403);
  assert.equal((await call(fly, "DELETE", "/apps/mine", { token })).status, 403);
  const own = await call(fly, "GET", "/tokens/current", { token });
  assert.deepEqual((own.body.tokens as { apps: string[] }[])[0]?.apps, ["mine"]);
});

test("app names are unique, and those of other organizations are 403", async () => {
  await newApp("unique");
  const again = await call(fly, "POST", "/apps", { json: { name: "unique", org_slug: "personal" } });
  assert.deepEqual([again.status, again.body.status], [422, "name_taken"]);
  fly.takeName("taken");
  assert.equal((await call(fly, "POST", "/apps", { json: { name: "taken", org_slug: "personal" } })).status, 422);
  assert.equal((await call(fly, "GET", "/apps/taken")).status, 403);
  assert.equal((await call(fly, "GET", "/apps/free")).status, 404);
});

test("a request against the document is recorded, and rejected where Fly rejects it", async () => {
  await newApp("strict");
  const refused: [method: string, path: string, status: number, options: Parameters<typeof call>[3], note: RegExp][] = [
    ["GET", "/nowhere", 404, {}, /does not have this path/],
    ["PUT", "/apps/strict", 405, {}, /does not have this method/],
    ["GET", "/apps", 400, {}, /org_slug is missing/],
    ["POST", "/apps/strict/machines", 400, {}, /body is missing/],
    ["POST", "/apps/strict/machines", 400, { json: { config: { image: 5 } } }, /config\.image must be string/],
    ["POST", "/apps", 400, { json: [], headers: {} }, /must be object/],
  ];
  for (const [method, path, status, options, note] of refused) {
    const notes = await violationsOf(async () => {
      assert.equal((await call(fly, method, path, options)).status, status, `${method} ${path}`);
    });
    assert.equal(notes.length, 1, `${method} ${path}: ${notes.join()}`);
    assert.match(notes[0] ?? "", note);
  }
  const ignored = await violationsOf(async () => {
    const more = { config: hostConfig(fly, { imag: "x" }), nonsense: 1 };
    assert.equal((await newMachine("strict", more)).status, 200);
    assert.equal((await call(fly, "GET", "/apps/strict?colour=red")).status, 200);
  });
  assert.equal(ignored.length, 3, ignored.join());
  assert.ok(!("imag" in (fly.machines("strict")[0]?.config ?? {})));
});

test("a stop without a JSON body is 400", async () => {
  await newApp("bodies");
  const { body } = await newMachine("bodies");
  const path = `/apps/bodies/machines/${body.id}/stop`;
  const notes = await violationsOf(async () => {
    assert.equal((await call(fly, "POST", path)).status, 400);
    assert.equal((await call(fly, "POST", path, { json: {}, headers: { "content-type": "text/plain" } })).status, 400);
  });
  assert.equal(notes.length, 2);
});

test("actions are limited to one a second, GETs of a machine to five", () => {
  let nowMs = 0;
  const limits = new RateLimiter(() => nowMs);
  const taken = (action: string, object: string, attempts: number) => {
    let count = 0;
    for (let attempt = 0; attempt < attempts; attempt++) {
      try {
        limits.acquire(action, object);
        count++;
      } catch (error) {
        assert.ok(error instanceof ApiError && error.status === 429);
      }
    }
    return count;
  };
  assert.equal(taken("Machines_stop", "a", 9), 3);
  assert.deepEqual([taken("Machines_stop", "b", 9), taken("Machines_start", "a", 9)], [3, 3]);
  assert.equal(taken("Machines_show", "a", 19), 10);
  nowMs += 1_000;
  assert.deepEqual([taken("Machines_stop", "a", 9), taken("Machines_show", "a", 9)], [1, 5]);
});

test("a request over the rate is 429 with Retry-After", async () => {
  await newApp("rates");
  const replies = Array.from({ length: 30 }, () => call(fly, "GET", "/apps/rates", { once: true }));
  const statuses = new Set((await Promise.all(replies)).map(({ status }) => status));
  assert.deepEqual(statuses, new Set([200, 429]));
});

test("faults happen as often as injected, before or after the operation", async () => {
  await newApp("faulty");
  const path = "/apps/{app_name}/machines";
  fly.inject({ match: { method: "POST", path }, answer: 408, done: true });
  fly.inject({ match: { method: "POST", path }, answer: 503 });
  fly.inject({ match: { method: "POST", path }, answer: "cut-after" });
  fly.inject({ match: { method: "POST", path }, answer: "cut-before" });
  const names: string[] = [];
  for (const name of ["lost", "refused", "cut", "never"]) {
    const status = await newMachine("faulty", { name }).then(
      (reply) => reply.status,
      () => null,
    );
    names.push(`${name} ${status}`);
  }
  assert.deepEqual(names, ["lost 408", "refused 503", "cut null", "never null"]);
  assert.deepEqual(
    fly.machines("faulty").map(({ name }) => name),
    ["lost", "cut"],
  );
  fly.inject({ match: { path: "/apps/faulty" }, after: 1, answer: 500 });
  assert.equal((await call(fly, "GET", "/apps/faulty")).status, 200);
  assert.equal((await call(fly, "GET", "/apps/faulty")).status, 500);
});

test("a full region, an unknown region and an unknown image are refused", async () => {
  await newApp("full");
  fly.setRegionFull("fra", true);
  const full = await newMachine("full", { region: "fra" });
  assert.deepEqual([full.status, full.body.status], [422, "insufficient_capacity"]);
  fly.setRegionFull("fra", false);
  assert.equal((await newMachine("full", { region: "fra" })).status, 200);
  assert.equal((await newMachine("full", { region: "moon" })).status, 400);
  const image = `${fly.image.slice(0, -3)}000`;
  const unknown = await newMachine("full", { config: hostConfig(fly, { image }) });
  assert.equal(unknown.status, 422);
  assert.match(String(unknown.body.error), /manifest unknown/);
});

test("a machine without a launch is stopped, found by its metadata and returned with defaults", async () => {
  await newApp("listed");
  const config = hostConfig(fly, { metadata: { deployment: "one" } });
  const { body } = await newMachine("listed", { config, name: "first", region: "lhr" });
  assert.equal(body.state, "created");
  await fly.until("listed", String(body.id), "stopped");
  await newMachine("listed", { name: "second" });
  const list = async (query: string) => {
    const reply = await call(fly, "GET", `/apps/listed/machines${query}`);
    return (reply.body.list as { name: string }[]).map(({ name }) => name);
  };
  assert.deepEqual(await list("?metadata.deployment=one"), ["first"]);
  assert.deepEqual(await list("?region=lhr"), ["first"]);
  assert.deepEqual(await list("?metadata.deployment=none"), []);
  const machine = await call(fly, "GET", `/apps/listed/machines/${body.id}`);
  const seen = machine.body.config as { guest: unknown; services: { autostop: unknown }[] };
  assert.deepEqual(seen.guest, { cpu_kind: "shared", cpus: 1, memory_mb: 256 });
  assert.equal(seen.services[0]?.autostop, "suspend");
  assert.equal((await newMachine("listed", { name: "second" })).status, 422);
});

test("metadata is changed by key and as a whole, and a stale version is refused", async () => {
  await newApp("noted");
  const { body } = await newMachine("noted");
  const path = `/apps/noted/machines/${body.id}/metadata`;
  assert.equal((await call(fly, "POST", `${path}/a`, { json: { value: "1" } })).status, 204);
  assert.equal((await call(fly, "PATCH", path, { json: { metadata: { b: "2", a: null } } })).status, 204);
  assert.deepEqual((await call(fly, "GET", path)).body, { b: "2" });
  const stale = { metadata: { c: "3" }, machine_version: "old" };
  assert.equal((await call(fly, "PATCH", path, { json: stale })).status, 412);
  assert.equal((await call(fly, "DELETE", `${path}/b`)).status, 204);
  assert.equal((await call(fly, "GET", `${path}/b`)).status, 404);
});

test("a lease excludes other clients until it is released", async () => {
  await newApp("leased");
  const { body } = await newMachine("leased");
  const machine = `/apps/leased/machines/${body.id}`;
  await fly.until("leased", String(body.id), "stopped");
  const taken = await call(fly, "POST", `${machine}/lease`, { json: { ttl: 60 } });
  assert.deepEqual([taken.status, taken.body.status], [201, "success"]);
  const { nonce } = taken.body.data as { nonce: string };
  const update = { json: { config: hostConfig(fly), skip_launch: true } };
  assert.equal((await call(fly, "POST", machine, update)).status, 409);
  assert.equal((await call(fly, "POST", `${machine}/lease`, { json: { ttl: 60 } })).status, 409);
  const headers = { "fly-machine-lease-nonce": nonce };
  assert.equal((await call(fly, "POST", machine, { ...update, headers })).status, 200);
  assert.equal((await call(fly, "DELETE", `${machine}/lease`, { headers })).status, 200);
  assert.equal((await call(fly, "GET", `${machine}/lease`)).status, 404);
});

test("an update makes a version and refuses a stale one, and a wait ends at its state or timeout", async () => {
  await newApp("versions");
  const { body } = await newMachine("versions");
  const id = String(body.id);
  const machine = `/apps/versions/machines/${id}`;
  await fly.until("versions", id, "stopped");
  const update = { config: hostConfig(fly, { guest: { cpus: 1, memory_mb: 512 } }), skip_launch: true };
  const updated = await call(fly, "POST", machine, { json: { ...update, current_version: body.instance_id } });
  assert.equal(updated.status, 200);
  assert.notEqual(updated.body.instance_id, body.instance_id);
  const stale = await call(fly, "POST", machine, { json: { ...update, current_version: body.instance_id } });
  assert.ok([409, 412].includes(stale.status));
  const wait = (query: string) => call(fly, "GET", `${machine}/wait?${query}`);
  assert.equal((await wait(`state=stopped&instance_id=${updated.body.instance_id}`)).body.state, "stopped");
  assert.equal((await wait("state=stopped")).status, 400);
  assert.equal((await wait("state=started&timeout=1")).status, 408);
  const latest = fly.machines("versions")[0]?.events[0]?.id;
  assert.equal((await wait(`state=settled&timeout=1&from_event_id=${latest}`)).status, 408);
  const notes = await violationsOf(() => wait("state=started&timeout=61"));
  assert.equal(notes.length, 0);
  assert.equal(
    (await call(fly, "POST", machine, { json: { config: hostConfig(fly, { guest: { memory_mb: 300 } }) } })).status,
    422,
  );
});

test("secrets are listed without values and count a version", async () => {
  await newApp("secretive");
  const set = await call(fly, "POST", "/apps/secretive/secrets", { json: { values: { A: "1", B: "2" } } });
  const removed = await call(fly, "POST", "/apps/secretive/secrets", { json: { values: { A: null } } });
  assert.deepEqual([set.body.version, removed.body.version], [1, 2]);
  const listed = await call(fly, "GET", "/apps/secretive/secrets");
  assert.deepEqual(
    (listed.body.secrets as { name: string }[]).map(({ name }) => name),
    ["B"],
  );
  assert.ok(!JSON.stringify(listed.body).includes('"2"'));
  const later = await newMachine("secretive", { min_secrets_version: 3 });
  assert.equal(later.status, 412);
});

test("deleting an app deletes its machines and tokens a little later", async () => {
  await newApp("short");
  await call(fly, "POST", "/apps/short/ip_assignments", { json: { type: "shared_v4" } });
  await newMachine("short");
  const token = fly.makeToken({ app: "short" });
  assert.equal((await call(fly, "DELETE", "/apps/short?force=true")).status, 202);
  for (;;) {
    const { status } = await call(fly, "GET", "/apps/short");
    if (status === 404) break;
    assert.equal(status, 200);
  }
  assert.equal((await call(fly, "GET", "/apps/short", { token })).status, 401);
  await newApp("short");
});

test("the registry returns the digest of a known image and 404 otherwise", async () => {
  const { registry, repository, reference } = parseImage(fly.imageTag);
  const ofTag = await fetch(`http://${registry}/v2/${repository}/manifests/${reference}`, { method: "HEAD" });
  assert.equal(ofTag.headers.get("docker-content-digest"), fly.image.split("@")[1]);
  assert.equal((await fetch(`http://${registry}/v2/${repository}/manifests/none`)).status, 404);
  assert.equal((await fetch(`http://${registry}/v2/none/manifests/latest`)).status, 404);
});

test("an app without an address does not answer, and one without a machine is 503", async () => {
  await newApp("quiet");
  const url = fly.publicUrlTemplate.replace("{app}", "quiet");
  await assert.rejects(fetch(url));
  await call(fly, "POST", "/apps/quiet/ip_assignments", { json: { type: "private_v6" } });
  await assert.rejects(fetch(url));
  await call(fly, "POST", "/apps/quiet/ip_assignments", { json: { type: "v6" } });
  const response = await fetch(url);
  assert.equal(response.status, 503);
  assert.equal(await response.text(), "");
  assert.match(response.headers.get("fly-request-id") ?? "", /sim$/);
});

test("the control route rejects requests that a foreign page can send", async () => {
  const url = `${fly.url}/_simulator/region-full`;
  const body = JSON.stringify({ region: "syd", full: true });
  assert.equal((await fetch(url, { method: "POST", body, headers: { "content-type": "text/plain" } })).status, 415);
  const headers = { "content-type": "application/json" };
  assert.equal((await fetch(url, { method: "POST", body: '{"region":1}', headers })).status, 400);
  assert.equal((await fetch(url, { method: "POST", body, headers })).status, 200);
  await newApp("controlled");
  assert.equal((await newMachine("controlled", { region: "syd" })).status, 422);
  const state: unknown = await (await fetch(`${fly.url}/_simulator`)).json();
  assert.ok(typeof state === "object" && state !== null && "apps" in state);
});

test("a malformed path is answered, and a foreign Host is rejected", async () => {
  const status = (path: string, headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { hostname, port } = new URL(fly.url);
      httpRequest({ hostname, port, path, headers }, (response) => {
        resolve(response.statusCode);
        response.resume();
      })
        .on("error", reject)
        .end();
    });
  assert.equal(await status("/v1/apps/%zz", { authorization: fly.token }), 404);
  assert.equal(await status("//", {}), 404);
  assert.equal(await status("/_simulator", { host: "rebound.example.com" }), 403);
  fly.forget();
});

test("a body over the limit is 413", async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const request = httpRequest(
      `${fly.url}/v1/apps`,
      { method: "POST", headers: { authorization: fly.token } },
      (response) => {
        resolve(response.statusCode);
        response.resume();
      },
    );
    request.on("error", reject);
    request.end("x".repeat(3_000_000));
  });
  assert.equal(status, 413);
});

test("every rule has a source", () => {
  const isRule = (value: unknown): value is { source: unknown } =>
    typeof value === "object" && value !== null && "source" in value && "value" in value;
  const found = Object.values(rules).flatMap((table) =>
    isRule(table) ? [table] : Object.values(table).filter(isRule),
  );
  assert.ok(found.length > 50);
  for (const { source } of found)
    assert.match(String(source), /^(?:https:\/\/|openapi\.json|flyctl|superfly|Kilo-Org|assumed)/);
});

test("only the intended requests violated the document", () => {
  assert.deepEqual(fly.violations, []);
});
