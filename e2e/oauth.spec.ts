import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as Transport1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { type Browser, expect, type Page, test } from "playwright/test";
import { owner, startTestApp, type TestApp, tab } from "./testing/app.ts";
import { type Callback, ClientStore, listenForCallback } from "./testing/oauth-client.ts";

// From nothing but a connector URL: discovery, registration, a browser that signs in and consents, tokens, calls, refresh, the end.
test.describe.configure({ mode: "serial" });

let app: TestApp;
let token: string;
let url: string;
let callback: Callback;

test.beforeAll(async () => {
  callback = await listenForCallback();
  app = await startTestApp({ OWNER_EMAIL: owner.email, OWNER_PASSWORD: owner.password });
  token = await app.token();
  const body = { repo_url: "npm:@modelcontextprotocol/server-everything", name: "everything", inputs: {} };
  const created = await app.api<{ id: string; url: string }>("POST", "/api/deployments", { token, body, expect: 201 });
  url = created.url;
  const path = `/api/deployments/${created.id}`;
  await expect
    .poll(async () => (await app.api<{ status: string }>("GET", path, { token, expect: 200 })).status, {
      timeout: 180_000,
    })
    .toBe("live");
});

test.afterAll(async () => {
  await app?.remove();
  callback?.close();
});

/** Signs in where the consent page sends a stranger. */
async function signInOnTheWay(page: Page): Promise<void> {
  await page.waitForURL(/\/sign-in\?callbackUrl=/);
  await page.getByLabel("E-mail").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(/\/connect\//);
}

/**
 * Presses a button of the consent page and waits until the browser shows the client's address: the client hears of it
 * while the browser is still on its way, and a page between two processes can neither go back nor elsewhere.
 *
 * @returns the address that the client gets
 */
async function press(page: Page, button: "Allow" | "Deny"): Promise<URL> {
  const answered = callback.next();
  await page.getByRole("button", { name: button }).click();
  const answer = await answered;
  await page.waitForURL(String(answer));
  return answer;
}

/** Opens a client's authorization URL, signs in, and presses a button. @returns the address that the client gets */
async function decide(page: Page, store: ClientStore, button: "Allow" | "Deny"): Promise<URL> {
  await page.goto(String(store.authorizationUrl));
  if (page.url().includes("/sign-in")) await signInOnTheWay(page);
  return press(page, button);
}

function newClient(store: ClientStore) {
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: store });
  return { client: new Client({ name: "sdk-2", version: "1" }), transport };
}

async function echo(client: Client, message: string): Promise<unknown> {
  const result = await client.callTool({ name: "echo", arguments: { message } });
  return (result as { content: unknown }).content;
}

test("the SDK 2.x client connects, calls, refreshes, and is refused once the page disconnects it", async ({ page }) => {
  const store = new ClientStore("SDK 2 client", callback.url);
  const first = newClient(store);
  await expect(first.client.connect(first.transport)).rejects.toThrow(UnauthorizedError);
  expect(store.authorizationUrl?.searchParams.get("resource")).toBe(url);
  expect(store.authorizationUrl?.searchParams.get("scope")).toContain("mcp");
  await page.goto(String(store.authorizationUrl));
  await signInOnTheWay(page);
  await expect(page.getByRole("heading", { name: "Connect SDK 2 client?" })).toBeVisible();
  await expect(page.getByText(new URL(callback.url).host)).toBeVisible();
  await expect(page.getByText(owner.email)).toBeVisible();
  await expect(page.getByText("any program can call itself")).toBeVisible();
  await first.transport.finishAuth((await press(page, "Allow")).searchParams);

  const second = newClient(store);
  await second.client.connect(second.transport);
  expect(await echo(second.client, "hello")).toEqual([{ type: "text", text: "Echo: hello" }]);

  // A token that is not accepted any more: the client refreshes by itself.
  const before = store.tokens();
  store.saveTokens({ token_type: "Bearer", ...before, access_token: "expired" });
  expect(await echo(second.client, "again")).toEqual([{ type: "text", text: "Echo: again" }]);
  expect(store.tokens()?.access_token).not.toBe(before?.access_token);
  expect(store.tokens()?.refresh_token).not.toBe(before?.refresh_token);

  await page.goto(`${app.url}/deployments/${url.split("/").at(-1)}?tab=keys`);
  const row = page.getByRole("row").filter({ hasText: "SDK 2 client" });
  await expect(row).toContainText(owner.email);
  await expect(row).not.toContainText("never");
  await row.getByRole("button", { name: /^Disconnect/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Disconnect" }).click();
  await expect(page.getByText("No client is connected yet")).toBeVisible();
  // Neither its access token nor its refresh token is worth anything: the client has to sign in again.
  const authorization = `Bearer ${store.tokens()?.access_token}`;
  const headers = { authorization, "content-type": "application/json", accept: "application/json, text/event-stream" };
  const refused = await fetch(url, { method: "POST", headers, body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toContain("resource_metadata=");
  await expect(echo(second.client, "once more")).rejects.toThrow();
});

test("the page offers each client's way, and a client id by hand works with its secret", async ({ page }) => {
  await page.goto(`${app.url}/deployments/${url.split("/").at(-1)}?tab=connect`);
  await page.getByLabel("E-mail").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("radio", { name: "Sign in" })).toBeChecked();
  await expect(page.getByRole("region", { name: "Claude Code commands" })).toContainText(url);
  for (const name of ["Claude", "ChatGPT", "Cursor", "VS Code", "Codex", "Gemini CLI"]) {
    await page.getByRole("tab", { name, exact: true }).click();
    await expect(page.getByRole("tabpanel").last()).not.toContainText("cwk_");
  }
  await tab(page, "Access").click();
  await page.getByLabel("Name of the client").fill("Copilot Studio");
  await page.getByLabel("Redirect addresses").fill("http://elsewhere.example/");
  await page.getByRole("button", { name: "Make a client id" }).click();
  await expect(page.getByText("Enter addresses that begin with https://")).toBeVisible();
  await page.getByLabel("Redirect addresses").fill(callback.url);
  await page.getByRole("button", { name: "Make a client id" }).click();
  const clientId = await page.getByRole("region", { name: "client id", exact: true }).innerText();
  const clientSecret = await page.getByRole("region", { name: "client secret", exact: true }).innerText();
  const store = new ClientStore("", callback.url);
  store.saveClientInformation({ client_id: clientId, client_secret: clientSecret });
  const { client, transport } = newClient(store);
  await expect(client.connect(transport)).rejects.toThrow(UnauthorizedError);
  await page.goto(String(store.authorizationUrl));
  await expect(page.getByRole("heading", { name: "Connect Copilot Studio?" })).toBeVisible();
  await transport.finishAuth((await press(page, "Allow")).searchParams);
  const next = newClient(store);
  await next.client.connect(next.transport);
  expect(await echo(next.client, "with a secret")).toEqual([{ type: "text", text: "Echo: with a secret" }]);
  await next.client.close();
});

test("the SDK 1.x client connects and calls", async ({ page }) => {
  const store = new ClientStore("SDK 1 client", callback.url);
  const transport = () => new Transport1(new URL(url), { authProvider: store as never });
  const first = transport();
  await expect(new Client1({ name: "sdk-1", version: "1" }).connect(first)).rejects.toThrow("Unauthorized");
  const answer = await decide(page, store, "Allow");
  await first.finishAuth(answer.searchParams.get("code") ?? "");
  const client = new Client1({ name: "sdk-1", version: "1" });
  await client.connect(transport());
  const result = await client.callTool({ name: "echo", arguments: { message: "hello" } });
  expect(result.content).toEqual([{ type: "text", text: "Echo: hello" }]);
  await client.close();
});

test("a client with a metadata document is named with the document's host", async ({ page }) => {
  // The built-in copy: its host is out of reach, or answers.
  const documentUrl = "https://claude.ai/oauth/claude-code-client-metadata";
  const store = new ClientStore("", callback.url, documentUrl);
  const { client, transport } = newClient(store);
  await expect(client.connect(transport)).rejects.toThrow(UnauthorizedError);
  expect(store.authorizationUrl?.searchParams.get("client_id")).toBe(documentUrl);
  await page.goto(String(store.authorizationUrl));
  await signInOnTheWay(page);
  await expect(page.getByRole("heading", { name: "Connect Claude Code?" })).toBeVisible();
  await expect(page.getByText("(claude.ai)")).toBeVisible();
});

test("denying sends the client away with an error, and nothing is connected", async ({ page }) => {
  const store = new ClientStore("Denied client", callback.url);
  const { client, transport } = newClient(store);
  await expect(client.connect(transport)).rejects.toThrow(UnauthorizedError);
  const answer = await decide(page, store, "Deny");
  expect(answer.searchParams.get("error")).toBe("access_denied");
  expect(answer.searchParams.get("iss")).toBe(app.url);
  expect(answer.searchParams.get("code")).toBeNull();
  await page.goBack();
  await page.reload();
  await expect(page.getByRole("heading", { name: "This request has ended" })).toBeVisible();
});

async function withoutJavaScript(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  return context.newPage();
}

test("signing in and allowing works without JavaScript, on a phone's width", async ({ browser }) => {
  const page = await withoutJavaScript(browser);
  const store = new ClientStore("Plain client", callback.url);
  const { client, transport } = newClient(store);
  await expect(client.connect(transport)).rejects.toThrow(UnauthorizedError);
  await page.goto(String(store.authorizationUrl));
  await signInOnTheWay(page);
  const width = await page.locator("html").evaluate((html) => html.scrollWidth);
  expect(width).toBeLessThanOrEqual(390);
  await transport.finishAuth((await press(page, "Allow")).searchParams);
  const next = newClient(store);
  await next.client.connect(next.transport);
  expect((await next.client.listTools()).tools.length).toBeGreaterThan(5);
  await next.client.close();
  await page.context().close();
});

test("the consent page stands in no frame and tells its address to no other site", async ({ page }) => {
  const store = new ClientStore("Framed client", callback.url);
  const { client, transport } = newClient(store);
  await expect(client.connect(transport)).rejects.toThrow(UnauthorizedError);
  const response = await page.goto(String(store.authorizationUrl));
  const headers = response?.headers() ?? {};
  expect(headers["x-frame-options"]).toBe("DENY");
  expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  expect(headers["referrer-policy"]).toBe("same-origin");
});
