import assert from "node:assert/strict";
import { once } from "node:events";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setDefaultCACertificates } from "node:tls";
import { makeCertificate } from "../../oauth/testing/certificate.ts";
import { MachineHttp } from "./machine-http.ts";
import type { MachineHttpRequest } from "./types.ts";
import { UpstreamError } from "./upstream-error.ts";

const request: MachineHttpRequest = {
  method: "POST",
  path: "/mcp",
  headers: { "content-type": "application/json" },
  body: { head: Buffer.from("{}"), rest: null },
  signal: new AbortController().signal,
  connectTimeoutMs: 10_000,
  isRepeatable: false,
};

test("a machine is reached over TLS with a certificate that is trusted and made for its name, and with no other", async (t) => {
  const certificate = await makeCertificate("localhost");
  if (certificate === null) return t.skip("openssl is missing");
  let connections = 0;
  const server = https.createServer(certificate, (_request, response) => response.end("[]"));
  server.on("secureConnection", () => connections++);
  server.listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = new MachineHttp();
  const isUndelivered = (error: unknown) => error instanceof UpstreamError && error.isUndelivered;
  try {
    await assert.rejects(client.send(`https://localhost:${port}`, request), isUndelivered);
    setDefaultCACertificates([certificate.cert]);
    await assert.rejects(client.send(`https://127.0.0.1:${port}`, request), isUndelivered);
    connections = 0;
    for (let call = 0; call < 3; call++) {
      const response = await client.send(`https://localhost:${port}/app`, request);
      assert.equal(response.statusCode, 200);
      assert.equal(await text(response), "[]");
    }
    assert.equal(connections, 1, "the connection is kept");
  } finally {
    client.close();
    server.closeAllConnections();
    server.close();
  }
});
