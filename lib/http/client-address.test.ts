import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, beforeEach, test } from "node:test";
import { prepareCatwalk, setVariables } from "../auth/testing/setting.ts";
import { findClientAddress, recordPeerAddresses } from "./client-address.ts";

const close = await prepareCatwalk();
const none = { FLY_APP_NAME: undefined, VERCEL: undefined, TRUSTED_PROXY_HOPS: undefined };
beforeEach(() => setVariables(none));
after(close);

/** What each kind of liar could send: every header that some platform or proxy uses. */
const claims = {
  "fly-client-ip": "192.0.2.1",
  "x-vercel-forwarded-for": "192.0.2.2",
  "x-real-ip": "192.0.2.3",
  "x-forwarded-for": "192.0.2.4, 192.0.2.5, 192.0.2.6",
  "x-catwalk-peer-address": "192.0.2.7",
};

/** Sends the headers through a real server and returns the address that a route would find. */
async function findThroughServer(headers: Record<string, string>): Promise<string> {
  recordPeerAddresses();
  const server = createServer((request, response) => {
    const read = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    response.end(findClientAddress(read));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const { port } = server.address() as AddressInfo;
    return await (await fetch(`http://127.0.0.1:${port}/`, { headers })).text();
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test("without a proxy the socket's address counts, whatever headers a client sends", async () => {
  assert.equal(await findThroughServer({}), "127.0.0.1");
  assert.equal(await findThroughServer(claims), "127.0.0.1");
});

test("on Fly the address comes from Fly-Client-IP alone", async () => {
  setVariables({ FLY_APP_NAME: "catwalk" });
  assert.equal(await findThroughServer(claims), "192.0.2.1");
  assert.equal(await findThroughServer({ ...claims, "fly-client-ip": "" }), "127.0.0.1");
  // Requests of Fly's private network do not pass its proxy.
  assert.equal(await findThroughServer({ "x-forwarded-for": "192.0.2.4" }), "127.0.0.1");
});

test("on Vercel the address comes from Vercel's own header alone", () => {
  setVariables({ VERCEL: "1" });
  assert.equal(findClientAddress(new Headers(claims)), "192.0.2.2");
  const { "x-vercel-forwarded-for": _absent, ...others } = claims;
  assert.equal(findClientAddress(new Headers(others)), "192.0.2.3");
  assert.equal(findClientAddress(new Headers({ "x-forwarded-for": "192.0.2.4" })), "unknown");
});

test("behind trusted proxies the address is the one that the outermost proxy wrote", async () => {
  for (const [hops, address] of [
    ["1", "192.0.2.6"],
    ["2", "192.0.2.5"],
    ["3", "192.0.2.4"],
    // A request with fewer entries went around a proxy.
    ["4", "127.0.0.1"],
    ["0", "127.0.0.1"],
  ] as const) {
    setVariables({ TRUSTED_PROXY_HOPS: hops });
    assert.equal(await findThroughServer(claims), address, `${hops} hops`);
  }
  setVariables({ TRUSTED_PROXY_HOPS: "1" });
  assert.equal(await findThroughServer({ ...claims, "x-forwarded-for": "1".repeat(500) }), "1".repeat(64));
});

test("an address is unknown where the server does not tell it", () => {
  assert.equal(findClientAddress(new Headers()), "unknown");
});
