import { expect, type Page, test } from "playwright/test";
import { owner, startTestApp, type TestApp } from "./testing/app.ts";
import { type ClientComputer, createClientComputer } from "./testing/command-line-clients.ts";

// The published command-line clients, from nothing but a connector URL to a connection.
test.describe.configure({ mode: "serial" });
test.skip(process.platform !== "linux", "util-linux's script makes the pseudo-terminal");

let app: TestApp;
let computer: ClientComputer;
let token: string;
let id: string;
let url: string;

test.beforeAll(async () => {
  test.setTimeout(600_000);
  computer = await createClientComputer();
  app = await startTestApp({ OWNER_EMAIL: owner.email, OWNER_PASSWORD: owner.password });
  token = await app.token();
  const body = { repo_url: "npm:@modelcontextprotocol/server-everything", name: "everything", inputs: {} };
  const created = await app.api<{ id: string; url: string }>("POST", "/api/deployments", { token, body, expect: 201 });
  ({ id, url } = created);
  await expect
    .poll(
      async () => (await app.api<{ status: string }>("GET", `/api/deployments/${id}`, { token, expect: 200 })).status,
      {
        timeout: 180_000,
      },
    )
    .toBe("live");
});

test.beforeEach(() => computer.forgetOpened());

test.afterAll(async () => {
  await computer?.remove();
  await app?.remove();
});

/** Does what a person does in the browser that a client opened: sign in and allow. */
async function allow(page: Page, clientName: string): Promise<void> {
  await expect.poll(() => computer.openedAddress()).not.toBeNull();
  await page.goto(String(await computer.openedAddress()));
  await page.getByLabel("E-mail").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("heading", { name: `Connect ${clientName}?` })).toBeVisible();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.waitForURL(/^http:\/\/(?:localhost|127\.0\.0\.1):\d+\/(?:oauth\/)?callback\?code=/);
}

/** Disconnects every client, as the page's button does. */
async function disconnectAll(): Promise<void> {
  const path = `/api/deployments/${id}/clients`;
  const { clients } = await app.api<{ clients: { id: string }[] }>("GET", path, { token, expect: 200 });
  expect(clients.length).toBeGreaterThan(0);
  for (const client of clients) await app.api("DELETE", `${path}/${client.id}`, { token, expect: 204 });
}

test("Claude Code logs in, is connected, and has to log in again once it is disconnected", async ({ page }) => {
  await computer.run("claude", "mcp", "add", "--transport", "http", "catwalk", url);
  expect(await computer.run("claude", "mcp", "list")).toContain("Needs authentication");
  const login = computer.start("claude", "mcp", "login", "catwalk");
  await allow(page, "Claude Code");
  await expect.poll(login.output).toContain('Authenticated with "catwalk"');
  expect(await computer.run("claude", "mcp", "list")).toMatch(/catwalk: .* Connected/);
  await disconnectAll();
  expect(await computer.run("claude", "mcp", "list")).toContain("Needs authentication");
});

test("Codex logs in", async ({ page }) => {
  const add = computer.start("codex", "mcp", "add", "catwalk", "--url", url);
  await allow(page, "Codex");
  await expect.poll(add.output).toContain("Successfully logged in");
  expect(await computer.run("codex", "mcp", "list")).toMatch(/catwalk +\S+ .*OAuth/);
});

test("Gemini CLI logs in and is connected", async ({ page }) => {
  await computer.run("gemini", "mcp", "add", "--transport", "http", "catwalk", url);
  expect(await computer.run("gemini", "mcp", "list")).toMatch(/catwalk: .* Disconnected/);
  const signIn = computer.startGeminiSignIn("catwalk", url);
  await allow(page, "Gemini CLI MCP Client");
  await expect.poll(signIn.output).toContain("Signed in");
  expect(await computer.run("gemini", "mcp", "list")).toMatch(/catwalk: .* Connected/);
});

test("mcp-remote logs in and lists tools for clients that only speak stdio", async ({ page }) => {
  const remote = computer.start("mcp-remote-client", url);
  await allow(page, "MCP CLI Client");
  await expect.poll(remote.output).toContain("Connected successfully!");
  await expect.poll(remote.output).toContain('"echo"');
});

test("the Inspector's command line logs in and calls a tool", async ({ page }) => {
  const args = ["--transport", "http", "--method", "tools/call", "--tool-name", "echo", "--tool-arg", "message=hello"];
  const call = computer.start("mcp-inspector", "--cli", url, ...args);
  await allow(page, "MCP Inspector");
  await expect.poll(call.output).toContain("Echo: hello");
});
