import { expect, test } from "playwright/test";
import type { Analysis } from "../lib/analysis/spec.ts";
import type { DeploymentView } from "../lib/deployments/view.ts";
import { owner, startTestApp, type TestApp } from "./testing/app.ts";
import { connectClient } from "./testing/client.ts";

// A server from PyPI, where there is a Python to run it and the registry can be reached.

const server = "mcp-server-time";
let app: TestApp;

test.beforeAll(async () => {
  app = await startTestApp({ OWNER_EMAIL: owner.email, OWNER_PASSWORD: owner.password });
});

test.afterAll(async () => {
  await app?.remove();
});

test("a Python server, from its name to a tool's answer", async () => {
  const token = await app.token();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const analyzed = await fetch(`${app.url}/api/analyze`, {
    method: "POST",
    headers,
    body: JSON.stringify({ repo_url: `pypi:${server}` }),
  });
  test.skip(analyzed.status === 502, "PyPI is out of reach");
  const analysis: Analysis = await analyzed.json();
  expect(analyzed.status, JSON.stringify(analysis)).toBe(200);
  expect(analysis).toMatchObject({ kind: "stdio", server: { runtime: "pypi", package: server } });

  const created = await app.api<DeploymentView>("POST", "/api/deployments", {
    token,
    body: { analysis_id: analysis.id, inputs: {} },
    expect: 201,
  });
  const path = `/api/deployments/${created.id}`;
  let view = created;
  await expect
    .poll(
      async () => {
        view = await app.api<DeploymentView>("GET", path, { token, expect: 200 });
        return view.status;
      },
      { timeout: 240_000 },
    )
    .toMatch(/^(live|failing)$/);
  const reason = view.error?.code ?? "";
  test.skip(reason === "python_missing", "there is neither uv nor a Python that is new enough");
  test.skip(reason === "registry_unavailable", "PyPI is out of reach");
  expect(view.error).toBeNull();

  const { key } = await app.api<{ key: string }>("POST", `${path}/keys`, {
    token,
    body: { name: "Test" },
    expect: 201,
  });
  const { client, text, close } = await connectClient(created.url, key);
  expect((await client.listTools()).tools.map((tool) => tool.name)).toContain("get_current_time");
  expect(await text("get_current_time", { timezone: "Europe/Rome" })).toContain("Europe/Rome");
  await close();
});
