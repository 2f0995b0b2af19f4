import { expect, type Page, test } from "playwright/test";
import { owner, startTestApp, type TestApp, tab } from "./testing/app.ts";
import { findViolations } from "./testing/axe.ts";
import { connectClient } from "./testing/client.ts";

// The walk of a first-time user from the printed link to a client that works, and every page on the way as axe sees it.
test.describe.configure({ mode: "serial" });
test.use({ reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"] });

/** From the first page to a client that works: the example, Deploy, Copy, and Allow in the browser that the command opens. */
const MAX_CLICKS = 4;

let app: TestApp;
let page: Page;
let deploymentPath: string;

test.beforeAll(async ({ browser }) => {
  app = await startTestApp();
  page = await (await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] })).newPage();
});

test.afterAll(async () => {
  await page?.context().close();
  await app?.remove();
});

/** Counts every real click in the page. A key press that activates a button is not a click of the pointer. */
async function countClicks(): Promise<() => number> {
  let count = 0;
  await page.exposeFunction("reportClick", () => {
    count += 1;
  });
  await page.addInitScript(() => {
    document.addEventListener(
      "click",
      (event) => {
        if (event.isTrusted && event.detail > 0) (window as unknown as { reportClick(): void }).reportClick();
      },
      true,
    );
  });
  return () => count;
}

/** Copies a text with its button. @returns what the clipboard holds once the page has said so */
async function copy(label: string): Promise<string> {
  await page.getByRole("button", { name: `Copy ${label}`, exact: true }).click();
  await expect(page.getByRole("status").getByText(`Copied ${label}`, { exact: true })).toBeAttached();
  return page.evaluate(() => navigator.clipboard.readText());
}

test("a first-time user gets from the first page to a working command with four clicks", async () => {
  await page.goto(app.setupUrl ?? "");
  await page.getByLabel("E-mail").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${app.url}/`);
  const clicks = await countClicks();
  await page.reload();

  await page.getByRole("link", { name: "Everything" }).click();
  await expect(page.getByText("Nothing to fill in.")).toBeVisible({ timeout: 120_000 });
  const deploy = page.getByRole("button", { name: "Deploy", exact: true });
  await expect(deploy).toBeInViewport();
  await deploy.click();
  await page.waitForURL(/\/deployments\/[0-9a-f-]{36}/);
  deploymentPath = new URL(page.url()).pathname;
  await expect(page.locator("[data-status]").first()).toHaveText("Live", { timeout: 180_000 });

  const commands = await copy("Claude Code commands");
  expect(commands).toContain(`${app.url}/api/mcp/${deploymentPath.split("/").at(-1)}`);
  expect(clicks() + 1).toBeLessThanOrEqual(MAX_CLICKS);

  // A client that cannot sign in takes a key, which one button creates, names and fills in.
  await page.getByRole("radio", { name: /^Access key/ }).click();
  await page.getByRole("button", { name: "Create a key" }).click();
  await expect(page.getByText("is filled in below")).toBeVisible();
  const command = await copy("Claude Code command");
  const [, url = "", key = ""] =
    /^claude mcp add .* (http\S+) --header "Authorization: Bearer (cwk_[\w-]{43})"$/.exec(command) ?? [];
  const { text, close } = await connectClient(url, key);
  expect(await text("echo", { message: "four clicks" })).toContain("four clicks");
  await close();
  await tab(page, "Access").click();
  await expect(page.getByRole("cell", { name: "Claude Code", exact: true })).toBeVisible();
});

test("no page of a signed-in person has a violation that axe calls moderate or worse", async () => {
  test.setTimeout(900_000);
  const tabs = ["connect", "tools", "logs", "calls", "keys", "credentials", "settings"];
  const paths = [
    "/",
    "/new",
    ...tabs.map((tab) => `${deploymentPath}?tab=${tab}`),
    "/settings",
    "/settings/tokens",
    "/settings/set-up",
    "/settings/connections",
    "/settings/machines",
    "/settings/people",
    "/settings/log",
    "/no-such-page",
    "/deployments/01890000-0000-7000-8000-000000000000",
  ];
  for (const path of paths) {
    await page.goto(app.url + path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    // Streamed parts and lists of a tab arrive after the page itself.
    await expect(page.locator("main [data-slot=skeleton]")).toHaveCount(0);
    // What a button looks like while its log's first line arrives is neither of its states.
    if (path.endsWith("tab=logs")) await expect(page.getByRole("button", { name: "Copy log" })).toBeEnabled();
    expect.soft(await findViolations(page), path).toEqual([]);
  }
});

test("no open menu, dialog or form has a violation that axe calls moderate or worse", async () => {
  test.setTimeout(900_000);
  await page.goto(`${app.url}/new?source=npm:@modelcontextprotocol/server-everything`);
  await page.getByRole("button", { name: "Optional settings" }).click({ timeout: 120_000 });
  expect.soft(await findViolations(page), "deploy form").toEqual([]);
  await page.getByRole("button", { name: /^Account/ }).click();
  await expect(page.getByRole("menuitem", { name: "Sign out" })).toBeVisible();
  expect.soft(await findViolations(page), "account menu").toEqual([]);

  await page.goto(`${app.url}${deploymentPath}?tab=connect`);
  await page.getByRole("radio", { name: /^Access key/ }).click();
  await page.getByRole("tab", { name: "Cursor" }).click();
  await page.getByRole("button", { name: "Create a key" }).click();
  await expect(page.getByText("is filled in below")).toBeVisible();
  await copy("Cursor settings");
  expect.soft(await findViolations(page), "a copied key").toEqual([]);

  await tab(page, "Tools").click();
  await page.getByRole("textbox", { name: "message", exact: true }).fill("axe");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("region", { name: "Result" })).toContainText("Echo: axe");
  expect.soft(await findViolations(page), "a tool's result").toEqual([]);

  await tab(page, "Settings").click();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("alertdialog")).toBeVisible();
  expect.soft(await findViolations(page), "delete dialog").toEqual([]);
});

test("no page without a signed-in person has a violation that axe calls moderate or worse", async ({
  page: visitor,
}) => {
  test.setTimeout(600_000);
  for (const path of [
    "/sign-in",
    "/reset-password",
    `/reset-password/${"x".repeat(43)}`,
    `/invite/${"x".repeat(43)}`,
  ]) {
    await visitor.goto(app.url + path);
    await expect(visitor.getByRole("heading", { level: 1 })).toBeVisible();
    expect.soft(await findViolations(visitor), path).toEqual([]);
  }
});
