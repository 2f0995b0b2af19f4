import { expect, test } from "playwright/test";
import { owner, signIn, startTestApp, type TestApp } from "./testing/app.ts";

// Selects and dialogs are loaded when the person opens them.

let app: TestApp;

test.beforeAll(async () => {
  app = await startTestApp({ OWNER_EMAIL: owner.email, OWNER_PASSWORD: owner.password });
});

test.afterAll(async () => {
  await app?.remove();
});

test("a select shows its value before it is loaded, and opens, closes and keeps the focus by keyboard", async ({
  page,
}) => {
  await signIn(page, app);
  await page.goto(`${app.url}/settings/connections`);
  const provider = page.getByRole("combobox", { name: "Provider" });
  await expect(provider).toHaveText("OpenRouter");
  await provider.focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("option", { name: "OpenRouter" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("option")).toHaveCount(0);
  await expect(provider).toBeFocused();
  await page.keyboard.press("Enter");
  await page.getByRole("option", { name: /OpenAI-compatible/ }).click();
  await expect(provider).toHaveText(/OpenAI-compatible/);
  await expect(page.getByLabel("Base URL")).toBeVisible();
});

test("a confirmation returns the focus to its button, and a load that fails leaves the page as it is", async ({
  page,
}) => {
  await signIn(page, app);
  await page.goto(`${app.url}/settings/tokens`);
  await page.getByLabel("Name").fill("laptop");
  await page.getByRole("button", { name: "Create token" }).click();
  const revoke = page.getByRole("button", { name: "Revoke laptop" });
  await expect(revoke).toBeVisible();
  await page.route("**/_next/static/chunks/*.js", (route) => route.abort());
  await revoke.click();
  await expect(revoke).toBeFocused();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await page.unroute("**/_next/static/chunks/*.js");
  await page.reload();
  await revoke.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alertdialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await expect(revoke).toBeFocused();
});
