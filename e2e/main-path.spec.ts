import type { Progress } from "@modelcontextprotocol/sdk/types.js";
import { expect, test } from "playwright/test";
import type { Analysis } from "../lib/analysis/spec.ts";
import type { DeploymentView } from "../lib/deployments/view.ts";
import {
  analyze,
  copyUrl,
  deploy,
  makeKey,
  owner,
  startTestApp,
  type TestApp,
  tab,
  tabContent,
} from "./testing/app.ts";
import { connectClient } from "./testing/client.ts";

// From the first start to a tool's answer, with a real server from npm: once through the pages, once through the API alone.
test.describe.configure({ mode: "serial" });

const everything = "@modelcontextprotocol/server-everything";
let app: TestApp;

test.beforeAll(async () => {
  app = await startTestApp();
});

test.afterAll(async () => {
  await app?.remove();
});

/** Checks the connector URL: its tools, an answer, and progress on the way to one. */
async function useServer(url: string, key: string): Promise<void> {
  const { client, text, close } = await connectClient(url, key);
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name)).toEqual(expect.arrayContaining(["echo", "trigger-long-running-operation"]));
  expect(await text("echo", { message: "over the catwalk" })).toContain("over the catwalk");
  const progress: Progress[] = [];
  const result = await client.callTool(
    { name: "trigger-long-running-operation", arguments: { duration: 1, steps: 4 } },
    undefined,
    { onprogress: (step) => progress.push(step) },
  );
  expect(result.isError ?? false).toBe(false);
  expect(progress.map((step) => step.progress)).toEqual([1, 2, 3, 4]);
  expect(progress.every((step) => step.total === 4)).toBe(true);
  await close();
}

test("through the pages: the printed link, a pasted package, a copied URL, a tool's answer", async ({ page }) => {
  await page.goto(app.setupUrl ?? "");
  await page.getByLabel("E-mail").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Create the owner's account" }).click();
  await page.waitForURL(`${app.url}/`);

  await analyze(page, app, everything);
  await expect(page.getByText(everything).first()).toBeVisible();
  await deploy(page);
  const url = await copyUrl(page);
  expect(url).toBe(`${app.url}/api/mcp/${new URL(page.url()).pathname.split("/").at(-1)}`);
  const key = await makeKey(page, "The browser test");
  await useServer(url, key);

  await tab(page, "Tools").click();
  await expect(tabContent(page, "Tools").getByText("trigger-long-running-operation").first()).toBeVisible();
  await tab(page, "Calls").click();
  await expect(tabContent(page, "Calls").getByText("echo").first()).toBeVisible();
  await page.reload();
  await expect(page.locator("[data-status]").first()).toHaveText("Live");
  // Shown once is shown once.
  await tab(page, "Access").click();
  await expect(tabContent(page, "Access").getByText("The browser test").first()).toBeVisible();
  await expect(page.getByText(key)).toHaveCount(0);
});

test("through the API alone", async () => {
  const token = await app.token();
  expect(token).toMatch(/^cwt_[\w-]{43}$/);
  const analysis = await app.api<Analysis>("POST", "/api/analyze", {
    token,
    body: { repo_url: everything },
    expect: 200,
  });
  expect(analysis).toMatchObject({ kind: "stdio", server: { runtime: "npm", package: everything } });
  expect(analysis.server.version).toMatch(/^\d{4}\.\d+\.\d+$/);

  const created = await app.api<DeploymentView>("POST", "/api/deployments", {
    token,
    body: { analysis_id: analysis.id, name: "From the API", inputs: {} },
    expect: 201,
  });
  expect(created.url).toBe(`${app.url}/api/mcp/${created.id}`);
  const path = `/api/deployments/${created.id}`;
  const current = () => app.api<DeploymentView>("GET", path, { token, expect: 200 });
  await expect.poll(async () => (await current()).status, { timeout: 180_000 }).toBe("live");
  const live = await current();
  expect(live.steps.map((step) => step.status)).toEqual(Array(7).fill("done"));
  expect(live.tools.map((tool) => tool.name)).toContain("echo");

  const key = await app.api<{ id: string; key: string }>("POST", `${path}/keys`, {
    token,
    body: { name: "API" },
    expect: 201,
  });
  await useServer(created.url, key.key);
  await app.api("DELETE", `${path}/keys/${key.id}`, { token, expect: 204 });
  await expect(connectClient(created.url, key.key)).rejects.toThrow();

  await app.api("DELETE", path, { token, expect: 202 });
  const gone = async () => (await fetch(app.url + path, { headers: { authorization: `Bearer ${token}` } })).status;
  await expect.poll(gone, { timeout: 60_000 }).toBe(404);
});
