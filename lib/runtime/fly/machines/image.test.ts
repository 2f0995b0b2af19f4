import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { machineSchema } from "../api/schemas.ts";
import { startFakeFly } from "../testing/fake-fly.ts";
import { checkImage, parseImage, pinImage, resolveMachineImage } from "./image.ts";
import { isSameImage } from "./machine-config.ts";

const digest = `sha256:${"ab".repeat(32)}`;

test("image references are parsed, and other texts are rejected", () => {
  assert.deepEqual(parseImage("registry.fly.io/my-app:deployment-01ABC"), {
    registry: "registry.fly.io",
    repository: "my-app",
    tag: "deployment-01ABC",
    digest: null,
  });
  assert.equal(parseImage(`ghcr.io/a/b:v1@${digest}`)?.digest, digest);
  assert.equal(parseImage("127.0.0.1:5000/mcp-host")?.registry, "127.0.0.1:5000");
  const bad = [
    "",
    "mcp-host",
    "me/mcp-host:v1",
    "https://ghcr.io/a/b",
    "ghcr.io/A/b",
    "ghcr.io/../b",
    "ghcr.io/a@sha256:1",
  ];
  for (const text of bad) assert.equal(parseImage(text), null, text);
});

test("a tag is resolved to a digest, and a digest is kept without a request", async () => {
  await using registry = await startFakeFly({ status: 200, headers: { "docker-content-digest": digest } });
  assert.equal(await pinImage(`${registry.host}/mcp-host:v1`, "fm2_a"), `${registry.host}/mcp-host@${digest}`);
  assert.equal(registry.asked[0]?.url, "/v2/mcp-host/manifests/v1");
  assert.match(registry.asked[0]?.headers.accept ?? "", /image\.index/);
  for (const given of [`${registry.host}/a:v1@${digest}`, `me/mcp-host:v1@${digest}`, "me/mcp-host:v1", "mcp-host"]) {
    assert.equal(await pinImage(` ${given} `, "fm2_a"), given);
  }
  assert.equal(registry.asked.length, 1);
  await assert.rejects(pinImage("https://ghcr.io/a/b", "fm2_a"), { code: "image_not_found" });
});

test("a machine's digest comes from Fly where the registry answers only Fly", async () => {
  for (const status of [401, 403, 500]) {
    await using registry = await startFakeFly({ status });
    assert.equal(await pinImage(`${registry.host}/a/b:v1`, "fm2_a"), `${registry.host}/a/b:v1`);
  }
  assert.equal(await pinImage("127.0.0.1:1/a/b:v1", "fm2_a"), "127.0.0.1:1/a/b:v1");
  await using without = await startFakeFly({ status: 404 });
  await assert.rejects(pinImage(`${without.host}/a:v1`, "fm2_a"), {
    code: "image_not_found",
    message: /has no a:v1/,
  });

  const wanted = "127.0.0.1:1/a/b:v1";
  const pinned = `127.0.0.1:1/a/b@${digest}`;
  const machine = (fields: object) => machineSchema.parse({ id: "m", config: { image: wanted }, ...fields });
  assert.equal(resolveMachineImage(wanted, machine({ image_ref: { digest } })), pinned);
  assert.equal(resolveMachineImage(wanted, machine({ config: { image: pinned } })), pinned);
  assert.equal(resolveMachineImage(wanted, machine({})), wanted);
  assert.equal(resolveMachineImage(pinned, machine({ image_ref: { digest: `sha256:${"cd".repeat(32)}` } })), pinned);
  // A machine that was pinned so is not made anew because its tag is all that is known now.
  assert.ok(isSameImage(pinned, wanted));
  assert.ok(!isSameImage(pinned, "127.0.0.1:1/a/other:v1"));
  assert.ok(!isSameImage(pinned, `127.0.0.1:1/a/b@sha256:${"cd".repeat(32)}`));
});

test("the page's check asks the registry about a digest, too", async () => {
  await using registry = await startFakeFly({ status: 404, body: {} });
  const check = await checkImage({ image: `${registry.host}/a@${digest}`, token: "fm2_a" });
  assert.equal(check.ok, false);
  assert.match(check.message, /has no a@sha256/);
  assert.equal(registry.asked.length, 1);
  assert.match((await checkImage({ image: null, token: "fm2_a" })).message, /No image/);
  assert.match((await checkImage({ image: "mcp-host", token: "fm2_a" })).message, /not complete/);
  assert.match((await checkImage({ image: "127.0.0.1:1/a:b", token: "fm2_a" })).message, /cannot be reached/);
});

test("a digest is computed from the manifest where the registry names none", async () => {
  const manifest = '{"schemaVersion":2}';
  await using registry = await startFakeFly({ status: 200 }, { status: 200, body: manifest });
  const expected = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
  assert.equal(await pinImage(`${registry.host}/a:b`, "fm2_a"), `${registry.host}/a@${expected}`);
});

test("a registry's challenge is answered anonymously, and Fly's token goes to Fly alone", async () => {
  await using issuer = await startFakeFly({ status: 200, body: { token: "anonymous" } });
  await using registry = await startFakeFly(
    {
      status: 401,
      headers: { "www-authenticate": `Bearer realm="${issuer.url}/token",service="s",scope="repository:a:pull"` },
    },
    { status: 200, headers: { "docker-content-digest": digest } },
  );
  assert.equal(await pinImage(`${registry.host}/a:b`, "fm2_secret"), `${registry.host}/a@${digest}`);
  assert.equal(issuer.asked[0]?.url, "/token?service=s&scope=repository%3Aa%3Apull");
  assert.equal(registry.asked[1]?.headers.authorization, "Bearer anonymous");
  assert.doesNotMatch(JSON.stringify([issuer.asked, registry.asked]), /fm2_secret|Basic/);
});
