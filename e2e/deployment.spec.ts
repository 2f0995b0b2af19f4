import { type BrowserContext, expect, type Page, test } from "playwright/test";
import { type RunningApp, startApp, temporaryDataFolder } from "../lib/cli/testing/app.ts";
import { FIXTURE_PACKAGE, type FixtureRegistry, startFixtureRegistry } from "../lib/deployments/testing/registry.ts";
import type { DeploymentView } from "../lib/deployments/view.ts";
import { removeTree } from "../mcp-host/src/install/ownership.ts";
import { tab, tabContent } from "./testing/app.ts";

// One deployment's life on its page, each test going on from the one before.
test.describe.configure({ mode: "serial" });

const email = "owner@example.com";
const password = "seven green lanterns";
let app: RunningApp;
let registry: FixtureRegistry;
let dataFolder: string;
let context: BrowserContext;
let page: Page;
let everything: DeploymentView;

test.beforeAll(async ({ browser }) => {
  registry = await startFixtureRegistry();
  dataFolder = await temporaryDataFolder();
  app = await startApp({ dataFolder, settings: { OWNER_EMAIL: email, OWNER_PASSWORD: password, ...registry.env } });
  context = await browser.newContext({ baseURL: app.url, permissions: ["clipboard-read", "clipboard-write"] });
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${app.url}/`);
});

test.afterAll(async () => {
  await context?.close();
  await app?.stop();
  await registry?.close();
  if (dataFolder) await removeTree(dataFolder);
});

async function deploy(body: Record<string, unknown>): Promise<DeploymentView> {
  const response = await page.request.post("/api/deployments", { data: body, headers: { origin: app.url } });
  expect(response.status(), await response.text()).toBe(201);
  return (await response.json()) as DeploymentView;
}

const badge = (word: string) => page.locator("header [data-status]").filter({ hasText: word });
const result = () => page.getByRole("region", { name: "Result" });

async function runTool(name: string, args: Record<string, string> = {}): Promise<void> {
  await page.getByRole("navigation", { name: "Tools" }).getByRole("button", { name, exact: true }).click();
  for (const [label, value] of Object.entries(args)) {
    await page.getByRole("textbox", { name: label, exact: true }).fill(value);
  }
  await page.getByRole("button", { name: "Run", exact: true }).click();
}

/** The status of an initialize through the connector URL. */
async function initialize(key: string): Promise<number> {
  const response = await fetch(everything.url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "spec-client", version: "1" } },
    }),
  });
  await response.body?.cancel();
  return response.status;
}

test("the page follows a deployment to live, also when it is opened again in the middle", async () => {
  everything = await deploy({ repo_url: "@modelcontextprotocol/server-everything", name: "Everything" });
  await page.goto(`/deployments/${everything.id}`);
  await expect(page.locator("[data-step=queued]")).toHaveAttribute("data-state", /running|done/);
  await page.reload();
  await expect(page.locator("[data-step]")).toHaveCount(7);
  await expect(badge("Live")).toBeVisible({ timeout: 180_000 });
  await expect(page.getByTestId("connector-url")).toHaveText(everything.url);
  await expect(page.getByRole("region", { name: "Server", exact: true })).toContainText("mcp-servers/everything");
  await page.getByRole("button", { name: "Copy connector URL" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(everything.url);
});

test("each tab has an address, which opens beside the page, in it, and on the way back", async () => {
  await expect(tab(page, "Connect")).toHaveAttribute("aria-current", "page");
  await tab(page, "Logs").click();
  await expect(page).toHaveURL(/\?tab=logs$/);
  await expect(page.getByRole("log")).toBeVisible();
  await tab(page, "Settings").click();
  await expect(tab(page, "Settings")).toHaveAttribute("aria-current", "page");
  await expect(tab(page, "Logs")).not.toHaveAttribute("aria-current");
  await page.goBack();
  await expect(tabContent(page, "Logs")).toBeVisible();

  // The headless Chromium of the npm package crashes when a click opens a tab. Whether the page leaves the click to the browser shows
  // before that.
  await page.evaluate(() => {
    const note = (event: MouseEvent) => {
      document.documentElement.dataset.leftToBrowser = String(!event.defaultPrevented);
      event.preventDefault();
    };
    addEventListener("click", note, { once: true });
  });
  await tab(page, "Settings").click({ modifiers: ["ControlOrMeta"] });
  await expect(page.locator("html")).toHaveAttribute("data-left-to-browser", "true");
  const other = await context.newPage();
  await other.goto(new URL((await tab(page, "Settings").getAttribute("href")) ?? "", page.url()).href);
  await expect(tabContent(other, "Settings").getByRole("button", { name: "Stop" })).toBeVisible();
  await other.close();
  await expect(tabContent(page, "Logs")).toBeVisible();
});

test("choices, the tabs of clients and switches work by keyboard, and Enter on a switch sends no form", async () => {
  await tab(page, "Connect").click();
  await page.getByRole("radio", { name: "Sign in" }).focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("radio", { name: /^Access key/ })).toBeChecked();
  await expect(page.getByRole("radio", { name: /^Access key/ })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const tabs = page.getByRole("tablist", { name: "Clients" }).getByRole("tab");
  // Claude calls from the internet, and this URL is of this computer.
  await expect(tabs.filter({ hasText: "Claude Code" })).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(tabs.first()).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(tabs.last()).toBeFocused();
  await expect(tabs.last()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Home");
  await expect(tabs.first()).toHaveAttribute("aria-selected", "true");
  await expect(tabs.last()).toHaveAttribute("aria-selected", "false");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("tabpanel")).toBeFocused();

  await tab(page, "Tools").click();
  const json = page.getByRole("switch", { name: "Edit as JSON" });
  await json.focus();
  await page.keyboard.press("Enter");
  await expect(json).toBeChecked();
  await page.keyboard.press("Space");
  await expect(json).not.toBeChecked();
  await expect(result()).toHaveCount(0);
  const schema = page.getByRole("button", { name: "Schema", exact: true });
  await schema.focus();
  await page.keyboard.press("Enter");
  await expect(schema).toHaveAttribute("aria-expanded", "true");
  await expect(page.getByRole("region", { name: "input schema" })).toBeVisible();
});

test("a tool runs from its form; errors appear at their fields, and the answer is shown", async () => {
  await tab(page, "Tools").click();
  await runTool("echo");
  await expect(page.getByRole("textbox", { name: "message", exact: true })).toBeFocused();
  await expect(page.getByText("This is required.")).toBeVisible();

  await runTool("echo", { message: "<b>hello</b>" });
  await expect(result()).toContainText("Echo: <b>hello</b>");
  await result().getByLabel("Show protocol messages").click();
  await expect(result()).toContainText('"method": "tools/call"');

  await runTool("get-tiny-image");
  await expect(result().getByRole("img")).toHaveAttribute("src", /^data:image\/png;base64,/);
});

test("progress shows while a tool runs, and cancelling ends it", async () => {
  await runTool("trigger-long-running-operation", { duration: "1", steps: "2" });
  await expect(result()).toContainText("Long running operation completed");
  await expect(result()).toHaveAttribute("data-run-state", "answered");

  // This one is under way whenever the page is looked at.
  await runTool("trigger-long-running-operation", { duration: "600", steps: "600" });
  await expect(result()).toContainText(/\d of 600/);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(result()).toHaveAttribute("data-run-state", "cancelled");
  await page.getByRole("button", { name: /^OK echo/ }).click();
  await expect(result()).toContainText("Echo: <b>hello</b>");
});

test("calls are shown as a picture, filtered, recorded in whole, exported and deleted", async () => {
  await tab(page, "Calls").click();
  const picture = page.getByRole("region", { name: "Calls of the last day" });
  await expect(picture.locator("svg.recharts-surface").first()).toBeVisible();
  await expect(picture.getByRole("table", { name: "By tool" })).toContainText("echo");
  await page.getByRole("button", { name: "The chart as a table" }).click();
  await expect(picture.getByRole("table", { name: "Calls over time" }).getByRole("row")).toHaveCount(25);

  const calls = page.getByRole("table", { name: "Tool calls" });
  await page.getByLabel("Tool", { exact: true }).selectOption("get-tiny-image");
  await expect(calls).not.toContainText("echo");
  await expect(calls).toContainText("get-tiny-image");
  await page.getByRole("button", { name: "Show every call" }).click();

  await page.getByRole("switch", { name: "Record arguments and results" }).click();
  await expect(page.getByText("Turning it off deletes them.")).toBeVisible();
  await tab(page, "Tools").click();
  await runTool("echo", { message: "for the record" });
  await expect(result()).toContainText("Echo: for the record");
  await tab(page, "Calls").click();
  await calls.getByRole("button", { name: "Show arguments and result of echo" }).click();
  const dialog = page.getByRole("alertdialog");
  await expect(dialog.getByRole("region", { name: "Sent" })).toContainText('"message": "for the record"');
  await expect(dialog.getByRole("region", { name: "Got" })).toContainText("Echo: for the record");
  await dialog.getByRole("button", { name: "Close" }).click();

  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export as CSV" }).click();
  expect((await downloading).suggestedFilename()).toBe("catwalk-calls.csv");
  await page.getByLabel("Tool", { exact: true }).selectOption("get-tiny-image");
  await page.getByRole("button", { name: "Delete these records" }).click();
  await dialog.getByRole("button", { name: "Delete records" }).click();
  await expect(page.getByText("No call fits.")).toBeVisible();
  await page.getByRole("button", { name: "Show every call" }).click();
  await expect(calls).toContainText("echo");
  await expect(calls).not.toContainText("get-tiny-image");
});

test("an access key is shown once, fills the settings, opens the URL, and opens nothing once it is revoked", async () => {
  await tab(page, "Access").click();
  await page.getByLabel("Name of the new key").fill("Laptop");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("button", { name: "Copy access key" }).click();
  const key = await page.evaluate(() => navigator.clipboard.readText());
  expect(key).toMatch(/^cwk_[\w-]{43}$/);
  await tab(page, "Connect").click();
  await page.getByRole("tab", { name: "Claude Code" }).click();
  await expect(page.getByRole("region", { name: "Claude Code command" })).toContainText(`Bearer ${key}`);
  expect(await initialize(key)).toBe(200);

  await tab(page, "Calls").click();
  await page.getByRole("button", { name: "Connection messages" }).click();
  const call = page.getByRole("row").filter({ hasText: "spec-client" });
  await expect(call).toContainText("initialize");
  await expect(call).toContainText("Laptop");

  await page.reload();
  await tab(page, "Access").click();
  await expect(page.getByRole("cell", { name: "Laptop", exact: true })).toBeVisible();
  expect(await page.content()).not.toContain(key);
  await page.getByRole("button", { name: "Revoke Laptop" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("No keys yet")).toBeVisible();
  expect(await initialize(key)).toBe(401);
});

test("the log shows what the server prints", async () => {
  await tab(page, "Logs").click();
  await expect(page.getByRole("log")).toContainText("Starting default (STDIO) server");
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  expect((await downloading).suggestedFilename()).toBe("Everything.log");
});

test("it is stopped and started again", async () => {
  await tab(page, "Settings").click();
  await tabContent(page, "Settings").getByRole("button", { name: "Stop" }).click();
  await expect(badge("Stopped")).toBeVisible();
  await tab(page, "Tools").click();
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeDisabled();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(badge("Live")).toBeVisible();
  await runTool("echo", { message: "again" });
  await expect(result()).toContainText("Echo: again");
});

test("it is deleted only by its name, and the page leads back to the list", async () => {
  await tab(page, "Settings").click();
  await page.getByRole("button", { name: "Delete" }).click();
  const confirm = page.getByRole("button", { name: "Delete permanently" });
  await page.getByLabel("Type Everything to continue").fill("everything");
  await expect(confirm).toBeDisabled();
  await page.getByLabel("Type Everything to continue").fill("Everything");
  await confirm.click();
  await page.waitForURL(`${app.url}/`);
  await expect(page.getByText("Everything was deleted.")).toBeVisible();
  expect((await page.request.get(`/api/deployments/${everything.id}`)).status()).toBe(404);
});

test("a deployment that fails says why; with the credential it needs it goes live", async () => {
  const failing = await deploy({
    repo_url: "@modelcontextprotocol/server-everything",
    name: "Needs a token",
    server: { runtime: "npm", package: FIXTURE_PACKAGE, version: "1.0.0", args: ["needs-variable"] },
    extra_inputs: [{ key: "API_TOKEN", secret: true }],
  });
  await page.goto(`/deployments/${failing.id}`);
  await expect(badge("Failing")).toBeVisible();
  await expect(page.locator("[data-state=failed]")).toHaveCount(1);
  await expect(page.getByRole("region", { name: "Last lines it printed" })).toContainText(
    "API_TOKEN environment variable",
  );
  await expect(page.getByText("missing_credential")).toBeVisible();

  await page.getByRole("button", { name: "Retry from this step" }).click();
  await expect(page.getByText("attempt 2")).toBeVisible();
  await expect(badge("Failing")).toBeVisible();
  await expect(page.getByRole("heading", { level: 3 }).first()).toBeFocused();

  const asked = page.getByRole("region", { name: "What the server asks for" });
  await expect(asked.getByText("The server asked for it at its start")).toBeVisible();
  await asked.getByRole("textbox", { name: "API_TOKEN", exact: true }).fill("the-value-nobody-sees");
  await asked.getByRole("button", { name: "Save and retry" }).click();
  await expect(badge("Live")).toBeVisible();
  await page.reload();
  await tab(page, "Credentials").click();
  await expect(page.getByText(/^Set /)).toBeVisible();
  expect(await page.content()).not.toContain("the-value-nobody-sees");
});
