import assert from "node:assert/strict";
import { test } from "node:test";
import { readServerJson } from "./server-json.ts";

function imageOf(members: object): string | null | undefined {
  const packages = [{ registryType: "oci", transport: { type: "stdio" }, ...members }];
  const text = JSON.stringify({ name: "io.github.acme/thing", packages });
  return readServerJson({ path: "server.json", isCut: false, text }).launches[0]?.package;
}

test("an image gets the host of the registry that server.json states apart", () => {
  const cases: [object, string][] = [
    [{ identifier: "acme/thing", registryBaseUrl: "https://ghcr.io" }, "ghcr.io/acme/thing"],
    [{ identifier: "acme/thing:1.2.0", registry_base_url: "https://quay.io/" }, "quay.io/acme/thing:1.2.0"],
    [{ identifier: "ghcr.io/acme/thing", registryBaseUrl: "https://ghcr.io" }, "ghcr.io/acme/thing"],
    [{ identifier: "localhost:5000/thing", registryBaseUrl: "https://ghcr.io" }, "localhost:5000/thing"],
    [{ identifier: "acme/thing", registryBaseUrl: "https://docker.io" }, "acme/thing"],
    [{ identifier: "acme/thing", registryBaseUrl: "no address" }, "acme/thing"],
    [{ identifier: "acme/thing" }, "acme/thing"],
  ];
  for (const [members, image] of cases) assert.equal(imageOf(members), image, JSON.stringify(members));
});
