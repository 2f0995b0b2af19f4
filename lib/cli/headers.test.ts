import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { freePort } from "../db/testing/cluster.ts";
import { type RunningApp, startApp, temporaryDataFolder } from "./testing/app.ts";

const unknownId = "00000000-0000-4000-8000-000000000000";
let app: RunningApp;
let dataFolder: string;
let port: number;
before(async () => {
  dataFolder = await temporaryDataFolder();
  port = await freePort();
  const settings = {
    PORT: String(port),
    NEXTAUTH_URL: "https://catwalk.example.com",
    OWNER_EMAIL: "owner@example.com",
    OWNER_PASSWORD: "seven green lanterns",
  };
  app = await startApp({ dataFolder, settings });
});
after(async () => {
  await app?.stop();
  await rm(dataFolder, { recursive: true, force: true });
});

async function headersOf(path: string): Promise<Headers> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual" });
  await response.arrayBuffer();
  return response.headers;
}

test("every path has a policy, and HSTS where the public URL is https", async () => {
  const paths = [
    "/sign-in",
    "/no-such-page",
    "/no-such.file",
    "/api/health",
    "/api/no-such-route",
    `/api/mcp/${unknownId}`,
  ];
  for (const path of paths) {
    const headers = await headersOf(path);
    assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/, path);
    assert.equal(headers.get("strict-transport-security"), "max-age=31536000", path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
  }
});

test("forms lead to Catwalk alone, but for the consent page's", async () => {
  assert.match((await headersOf("/sign-in")).get("content-security-policy") ?? "", /form-action 'self'/);
  assert.doesNotMatch((await headersOf("/connect/x")).get("content-security-policy") ?? "", /form-action/);
});
