import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { db } from "../db/client.ts";
import { probeDatabase } from "../db/health.ts";
import { createTestDatabase } from "../db/testing/database.ts";
import { toAppError } from "../errors/app-error.ts";
import { closeAnalysis } from "./analyze.ts";
import { answerAnalyze } from "./api.ts";
import { serveHostileSources } from "./testing/hostile-sources.ts";

// Sources that were made to hold, fill or break whatever reads them. `npm run bench -- hostile` reads all of them.

const HOSTILE = [
  "readme-words-with-equals",
  "readme-json-braces",
  "server-json-missing-names",
  "smithery-many-keys",
  "pyproject-deep",
  "javascript-members",
  "python-parentheses",
  "python-files-that-import-all",
  "npm-deep-manifest",
  "wheel-understated",
  "index-anchors",
];

const database = await createTestDatabase();
const hostile = await serveHostileSources(HOSTILE);
Object.assign(process.env, hostile.registries, {
  DATABASE_URL: database.url,
  ENCRYPTION_KEY: Buffer.alloc(32, 1).toString("base64"),
  NEXTAUTH_SECRET: "x".repeat(32),
  GITHUB_API_URL: hostile.gitHub,
});
const { id: userId } = await db().user.create({ data: { email: "one@example.com" } });
// As the app's own route.
const health = createServer((_request, response) => {
  void probeDatabase().then((state) => response.writeHead(state === "up" ? 200 : 503).end());
});
await new Promise<void>((resolve) => health.listen(0, "127.0.0.1", resolve));
const healthUrl = `http://127.0.0.1:${(health.address() as AddressInfo).port}/api/health`;
after(async () => {
  health.closeAllConnections();
  health.close();
  hostile.stop();
  await closeAnalysis();
  await db().$disconnect();
  await database.drop();
});

test("hostile sources each end with a result or a sentence, and the app answers others meanwhile", async () => {
  assert.equal(hostile.sources.length, HOSTILE.length);
  let isReading = true;
  let answers = 0;
  const watching = (async () => {
    for (; isReading; answers += 1) assert.equal((await fetch(healthUrl)).status, 200);
  })();
  const analyze = async ({ name, source }: { name: string; source: string }) => {
    const body = JSON.stringify({ repo_url: source });
    const request = new Request("http://localhost/api/analyze", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const response = await answerAnalyze(userId, request).catch((error: unknown) => toAppError(error).toResponse());
    const answer = await response.json();
    if (response.status === 200) return;
    assert.notEqual(answer.error.code, "internal", name);
    assert.match(answer.error.message, /^[A-Z“].+\.$/s, name);
  };
  await Promise.all(hostile.sources.map(analyze)).finally(() => {
    isReading = false;
  });
  await watching;
  assert.ok(answers > HOSTILE.length, `only ${answers} answers`);
});
