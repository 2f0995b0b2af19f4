import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, LookupFunction } from "node:net";
import { after, test } from "node:test";
import { makeCertificate } from "../testing/certificate.ts";
import { fetchClientDocument } from "./fetch-document.ts";
import { isPublicAddress } from "./public-address.ts";

const host = "client.example";
const certificate = await makeCertificate(host);
let requests = 0;
let answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => response.end();
const server = createServer({ ...certificate }, (request, response) => {
  requests++;
  answer(request, response);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const url = `https://${host}:${(server.address() as AddressInfo).port}/oauth/client.json`;
after(() => {
  server.closeAllConnections();
  server.close();
});

/** A DNS that gives these addresses, one answer for each question. */
function resolving(...answers: string[][]): LookupFunction {
  let question = 0;
  return (_hostname, options, callback) => {
    const addresses = (answers[Math.min(question++, answers.length - 1)] ?? []).map((address) => ({
      address,
      family: address.includes(":") ? 6 : 4,
    }));
    const [first = { address: "", family: 4 }] = addresses;
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  };
}

const loopback = { lookup: resolving(["127.0.0.1"]), isAllowed: () => true, ca: certificate?.cert ?? "" };
const skip = certificate === null ? "there is no openssl to make certificates with" : false;

function answerWith(body: string, headers: Record<string, string> = {}, status = 200): void {
  answer = (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body);
  };
}

test("a document is fetched with how long it stays fresh", { skip }, async () => {
  for (const [cacheControl, freshS] of [
    [undefined, 300],
    ["max-age=1", 300],
    ["public, max-age=3600", 3600],
    ["max-age=999999999", 86_400],
    ["no-store, max-age=3600", 300],
  ] as const) {
    answerWith('{"client_id":"x"}', cacheControl === undefined ? {} : { "cache-control": cacheControl });
    assert.deepEqual(await fetchClientDocument(url, loopback), { json: { client_id: "x" }, freshS });
  }
});

test("redirects, other types, other statuses and broken JSON are refused", { skip }, async () => {
  answerWith("", { location: "https://elsewhere.example/" }, 302);
  await assert.rejects(fetchClientDocument(url, loopback), /answers 302/);
  answerWith("{}", { "content-type": "text/html" });
  await assert.rejects(fetchClientDocument(url, loopback), /text\/html/);
  answerWith("{}", {}, 403);
  await assert.rejects(fetchClientDocument(url, loopback), /answers 403/);
  answerWith("{");
  await assert.rejects(fetchClientDocument(url, loopback), /not JSON/);
});

test("a document above 10 KB is cut off, also one that never ends", { skip }, async () => {
  answer = (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const more = () => {
      while (response.writable && response.write("x".repeat(1_024)));
      if (response.writable) response.once("drain", more);
    };
    more();
  };
  await assert.rejects(fetchClientDocument(url, loopback), /larger than/);
});

test("a certificate of another name is refused", { skip }, async () => {
  answerWith("{}");
  await assert.rejects(fetchClientDocument(url.replace(host, "other.example"), loopback), /altnames|ERR_TLS/i);
});

for (const address of [
  "127.0.0.1",
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "169.254.169.254",
  "172.31.255.255",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "64:ff9b::7f00:1",
  "64:ff9b:1::7f00:1",
  "2001::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "fc00::1",
  "fdaa:0:1::3",
  "fe80::1",
  "ff02::1",
]) {
  test(`nothing is sent to ${address}`, async () => {
    assert.equal(isPublicAddress(address), false);
    const before = requests;
    const lookup = resolving([address]);
    await assert.rejects(fetchClientDocument(url, { lookup }), /not on the public internet/);
    // One bad address among good ones would be tried as well.
    const mixed = resolving(["93.184.216.34", address]);
    await assert.rejects(fetchClientDocument(url, { lookup: mixed }), /not on the public internet/);
    assert.equal(requests, before);
  });
}

for (const address of ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1"]) {
  test(`${address} is on the public internet`, () => assert.equal(isPublicAddress(address), true));
}

for (const literal of ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:7f00:1]"]) {
  test(`a host that is written as the address ${literal} is refused`, async () => {
    await assert.rejects(fetchClientDocument(`https://${literal}/client.json`, loopback), /its host is an address/);
  });
}

test("the address that was checked is the one that is connected to", { skip }, async () => {
  // DNS that changes its answer: were the name resolved again for the connection, it would lead to loopback.
  const lookup = resolving(["93.184.216.34"], ["127.0.0.1"]);
  const checked: string[] = [];
  const before = requests;
  const isAllowed = (address: string) => {
    checked.push(address);
    return false;
  };
  await assert.rejects(fetchClientDocument(url, { ...loopback, lookup, isAllowed }), /not on the public internet/);
  assert.deepEqual(checked, ["93.184.216.34"]);
  assert.equal(requests, before);
});
