import { rm } from "node:fs/promises";
import { expect, test } from "playwright/test";
import { temporaryDataFolder } from "../lib/cli/testing/app.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../lib/db/embedded/embedded.ts";
import { startValve, type Valve } from "../lib/gateway/testing/valve.ts";
import { owner, signIn, startTestApp, type TestApp } from "./testing/app.ts";

// Pages while PostgreSQL is away, and their recovery without the person's help.

let folder: string;
let postgres: EmbeddedPostgres;
let valve: Valve;
let app: TestApp;

test.beforeAll(async () => {
  folder = await temporaryDataFolder();
  postgres = await startEmbeddedPostgres(folder, { durable: false });
  const url = new URL(postgres.url);
  valve = await startValve(url.hostname, Number(url.port));
  url.port = String(valve.port);
  app = await startTestApp({ DATABASE_URL: url.href, OWNER_EMAIL: owner.email, OWNER_PASSWORD: owner.password });
});

test.afterAll(async () => {
  await app?.remove();
  await valve?.close();
  await postgres?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test("an open page says that the database is away, and goes on by itself", async ({ page }) => {
  await signIn(page, app);
  await page.getByRole("link", { name: "New", exact: true }).click();
  await page.waitForURL(`${app.url}/new`);
  const box = page.getByLabel("Repository or package");
  await box.fill("acme/half-typed");
  valve.cut();
  const banner = page.getByRole("status").filter({ hasText: "Catwalk cannot reach its database" });
  await expect(banner).toBeVisible();
  valve.open();
  await expect(banner).toHaveCount(0);
  await expect(box).toHaveValue("acme/half-typed");
});

test("a page that is opened meanwhile says so, and appears by itself", async ({ page }) => {
  await signIn(page, app);
  valve.cut();
  await page.goto(app.url);
  const reason = page.getByRole("heading", { name: "Catwalk cannot reach its database" });
  await expect(reason).toBeVisible();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("button", { name: "Try again" })).toBeEnabled();
  await expect(reason).toBeVisible();
  valve.open();
  await expect(page.getByRole("heading", { name: "From a repository to a connector URL" })).toBeVisible();
});
