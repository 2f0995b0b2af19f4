import { join } from "node:path";
import { expect, type Page, test } from "playwright/test";
import { analyze, copyUrl, deploy, makeKey, owner, signIn, startTestApp, type TestApp, tab } from "./testing/app.ts";
import { findViolations } from "./testing/axe.ts";
import { connectClient } from "./testing/client.ts";
import { type PackageRegistry, serveAsPackage } from "./testing/registry.ts";

// Shows a person a server's inputs: a choice of credentials, sources that disagree, values that are sent, and a variable that
// only the server's start names. Each test goes on from the one before.
test.describe.configure({ mode: "serial" });
test.use({ reducedMotion: "reduce" });

const source = "@catwalk-e2e/choices-server";
let registry: PackageRegistry;
let app: TestApp;
let page: Page;

test.beforeAll(async ({ browser }) => {
  registry = await serveAsPackage(join(import.meta.dirname, "fixtures", "choices-server"));
  app = await startTestApp({ ...registry.settings, OWNER_EMAIL: owner.email, OWNER_PASSWORD: owner.password });
  page = await (await browser.newContext()).newPage();
  await signIn(page, app);
});

test.afterAll(async () => {
  await page?.context().close();
  await app?.remove();
  registry?.close();
});

const field = (name: string) => page.getByRole("textbox", { name, exact: true });
const way = (name: string | RegExp) => page.getByRole("radio", { name });

test("the form says what is sent, where it was found, and on what the sources disagree", async () => {
  await analyze(page, app, source);
  await expect(page.getByText("A token of your account.")).toBeVisible();
  await expect(page.getByText("server.json, line").first()).toBeVisible();
  await expect(page.getByText("· certain").first()).toBeVisible();
  await expect(page.getByText(/language model/)).toHaveCount(0);
  // The client writes an argument, so its default is in the field; a variable's default is the server's own.
  await expect(field("Depth")).toHaveValue("2");
  await page.getByRole("button", { name: /^Optional settings \(1\)/ }).click();
  await expect(field("Acme days")).toHaveValue("");
  await expect(field("Acme days")).toHaveAttribute("placeholder", "7");
  await expect(
    page.getByText(/Sources disagree on the value without it: 7 in server\.json, line \d+; 3 in/),
  ).toBeVisible();
  expect(await findViolations(page)).toEqual([]);
});

test("one of several ways is chosen and filled in, and an unneeded input blocks no deployment", async () => {
  await page.setViewportSize({ width: 1_280, height: 800 });
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await expect(field("Acme token")).toHaveAttribute("aria-invalid", "true");
  await expect(field("Acme legacy ID")).toHaveAttribute("aria-invalid", "true");
  await page.getByRole("button", { name: "This server does not need it" }).click();
  await expect(page.getByRole("button", { name: /^Optional settings \(2\)/ })).toBeVisible();

  await page.getByRole("button", { name: "Paste a .env" }).click();
  await page.keyboard.insertText("ACME_USER=ada\nACME_PASSWORD=lovelace-1815\n");
  await page.getByRole("button", { name: "Fill the fields" }).click();
  await expect(way("Acme user and Acme password")).toBeChecked();
  await expect(field("Acme user")).toHaveValue("ada");
  await expect(field("Acme token")).toHaveCount(0);
  await field("Depth").fill("");
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.waitForURL(/\/deployments\/[0-9a-f-]{36}/);
});

test("a server that exits for want of a variable asks for it, and goes live once it has it", async () => {
  const asked = page.getByRole("region", { name: "What the server asks for" });
  await expect(asked.getByText("The server asked for it at its start")).toBeVisible({ timeout: 180_000 });
  await expect(page.getByRole("heading", { name: /because Acme region is missing/ })).toBeVisible();
  await expect(asked.getByText("the environment variable ACME_REGION is not set")).toBeVisible();
  expect(await findViolations(page)).toEqual([]);
  await page.setViewportSize({ width: 1_280, height: 800 });
  await asked.getByRole("button", { name: "Save and retry" }).click();
  await expect(asked.getByRole("textbox", { name: "Acme region" })).toHaveAttribute("aria-invalid", "true");
  await asked.getByRole("textbox", { name: "Acme region" }).fill("eu");
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-status]").first()).toHaveText("Live", { timeout: 180_000 });
  // Its own version stands beside the installed one.
  const facts = page.getByRole("region", { name: "Server", exact: true });
  await expect(facts.getByText("2.0.0-of-its-own")).toContainText("installed 1.0.0");

  const url = await copyUrl(page);
  const key = await makeKey(page, "Test");
  const { text, close } = await connectClient(url, key);
  expect(JSON.parse(await text("given"))).toEqual({
    given: { ACME_USER: "ada", ACME_PASSWORD: "lovelace-1815", ACME_REGION: "eu" },
    args: [],
    days: "3",
  });
  await close();
});

test("the way is changed while the deployment is live", async () => {
  await tab(page, "Credentials").click();
  await expect(way("Acme user and Acme password")).toBeChecked();
  await way("Acme token").check();
  await field("Acme token").fill("t0ken-of-this-test");
  await page.getByRole("button", { name: "Save and restart" }).click();
  await expect(page.getByText("Saved. The server restarts with the new values.")).toBeVisible();
  await expect(page.locator("[data-status]").first()).toHaveText("Live", { timeout: 180_000 });
  await page.reload();
  await expect(way("Acme token")).toBeChecked();
  expect(await findViolations(page)).toEqual([]);
  await page.setViewportSize({ width: 1_280, height: 800 });
});

test("the next analysis asks from the start for what the server has named", async () => {
  await analyze(page, app, source);
  await expect(field("Acme region")).toHaveAttribute("aria-required", "true");
  await expect(page.getByText("The server asked for it when this version was started before.")).toBeVisible();
  await way("Acme token").check();
  await field("Acme token").fill("another-t0ken");
  await field("Acme legacy ID").fill("7");
  await field("Acme region").fill("us");
  await deploy(page);
});
