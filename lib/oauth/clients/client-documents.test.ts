import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { prepareCatwalk } from "../../auth/testing/setting.ts";
import { db } from "../../db/client.ts";
import { processWide } from "../../util/process-wide.ts";
import { findClientDocument, isClientDocumentUrl, readClientDocument } from "./client-documents.ts";
import type { FetchDocumentOptions } from "./fetch-document.ts";
import { KNOWN_DOCUMENTS } from "./known-documents.ts";

const known = "https://claude.ai/oauth/claude-code-client-metadata";
let cleanUp: () => Promise<void>;
let lookups = 0;

before(async () => {
  cleanUp = await prepareCatwalk();
  // No name resolves: as on a host without a way out, or one that is refused.
  const options: FetchDocumentOptions = {
    lookup: (_hostname, _options, callback) => {
      lookups++;
      callback(new Error("no network"), "", 0);
    },
  };
  processWide("oauth.document-fetches", () => ({ running: new Map(), failed: new Map(), options }));
});

after(() => cleanUp());

test("only an https URL in its one spelling is the id of a document", () => {
  assert(isClientDocumentUrl(known));
  assert(isClientDocumentUrl("https://client.example/oauth/client.json?version=2"));
  for (const id of [
    "http://client.example/client.json",
    "https://client.example",
    "https://client.example/",
    "https://client.example/a/../client.json",
    "https://client.example/./client.json",
    "https://CLIENT.example/client.json",
    "https://client.example:443/client.json",
    "https://user@client.example/client.json",
    "https://user:secret@client.example/client.json",
    "https://client.example/client.json#fragment",
    "https://client.example\\@evil.example/client.json",
    "https://client.example/client .json",
    `https://client.example/${"x".repeat(1_000)}`,
  ]) {
    assert.equal(isClientDocumentUrl(id), false, id);
  }
});

test("a document has to be its own, public, and with redirects that are allowed", () => {
  const url = "https://client.example/client.json";
  const right = { client_id: url, client_name: "Client", redirect_uris: ["https://client.example/callback"] };
  assert.equal(readClientDocument(url, right).client_name, "Client");
  for (const [name, change] of Object.entries({
    "another's id": { client_id: "https://client.example/other.json" },
    "an id in another spelling": { client_id: "https://client.example/client.json?" },
    "a secret": { client_secret: "x" },
    "a secret's way to authenticate": { token_endpoint_auth_method: "client_secret_post" },
    "a key's way alone": { token_endpoint_auth_method: "private_key_jwt" },
    "no redirects": { redirect_uris: [] },
    "a redirect over http": { redirect_uris: ["http://client.example/callback"] },
    "a script for a redirect": { redirect_uris: ["javascript:alert(1)"] },
    "an unlisted scheme": { redirect_uris: ["evil://callback"] },
  })) {
    assert.throws(() => readClientDocument(url, { ...right, ...change }), Error, name);
  }
  assert.throws(() => readClientDocument(url, [right]));
  assert.throws(() => readClientDocument(url, null));
});

test("unknown members of real documents are dropped", () => {
  const url = "https://chatgpt.com/oauth/client.json";
  const metadata = readClientDocument(url, {
    client_id: url,
    client_name: "ChatGPT",
    redirect_uris: ["https://chatgpt.com/connector_platform_oauth_redirect"],
    scope: "openid email",
    logo_uri: null,
    contacts: null,
    application_type: "web",
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_methods_supported: ["private_key_jwt", "none"],
  });
  assert.deepEqual(metadata, {
    client_id: url,
    client_name: "ChatGPT",
    redirect_uris: ["https://chatgpt.com/connector_platform_oauth_redirect"],
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    application_type: "native",
  });
});

test("a name cannot turn the text around it, nor fill the page", () => {
  const url = "https://client.example/client.json";
  const named = (client_name: string) =>
    readClientDocument(url, { client_id: url, client_name, redirect_uris: ["https://client.example/callback"] })
      .client_name;
  assert.equal(named("Clau\u202ede\u0000\n  x"), "Clau de x");
  assert.equal([...named("é".repeat(1_000))].length, 100);
  assert.equal(named("\u200b"), "client.example");
});

test("a known client's built-in copy stands in while its host does not answer", async () => {
  const client = await findClientDocument(known);
  assert.equal(client?.client_name, "Claude Code");
  // The copy is kept: the host is not asked for every request.
  const before = lookups;
  await findClientDocument(known);
  assert.equal(lookups, before);
});

test("every built-in copy is a client whose redirects are allowed", async () => {
  for (const [url, { client_name, redirect_uris }] of Object.entries(KNOWN_DOCUMENTS)) {
    const client = await findClientDocument(url);
    assert.deepEqual([client?.client_name, client?.redirect_uris], [client_name, redirect_uris]);
  }
});

test("an unknown document that cannot be had is no client, and is not asked for again at once", async () => {
  const before = lookups;
  assert.equal(await findClientDocument("https://unknown.example/client.json"), undefined);
  assert.equal(await findClientDocument("https://unknown.example/client.json"), undefined);
  assert.equal(lookups, before + 1);
});

test("a copy stands in for a week", async () => {
  const url = "https://stored.example/client.json";
  const metadata = readClientDocument(url, {
    client_id: url,
    client_name: "Stored",
    redirect_uris: ["https://stored.example/callback"],
  });
  const day = 24 * 60 * 60 * 1_000;
  const store = async (ageMs: number) => {
    const fetchedAt = new Date(Date.now() - ageMs);
    const data = { metadata: { ...metadata }, fetchedAt, freshUntil: fetchedAt };
    await db().oAuthClientDocument.upsert({ where: { url }, create: { url, ...data }, update: data });
  };
  await store(6 * day);
  assert.equal((await findClientDocument(url))?.client_name, "Stored");
  await store(8 * day);
  assert.equal(await findClientDocument(url), undefined);
});
