import { join } from "node:path";
import { expect, type Page, test } from "playwright/test";
import { analyze, copyUrl, deploy, makeKey, owner, signIn, startTestApp, type TestApp } from "./testing/app.ts";
import { findViolations } from "./testing/axe.ts";
import { connectClient } from "./testing/client.ts";
import { type PackageRegistry, serveAsPackage } from "./testing/registry.ts";

// A server that wants the path of a file, which a person has on another computer.
test.use({ reducedMotion: "reduce" });

let registry: PackageRegistry;
let app: TestApp;
let page: Page;

test.beforeAll(async ({ browser }) => {
  registry = await serveAsPackage(join(import.meta.dirname, "fixtures", "file-server"));
  app = await startTestApp({ ...registry.settings, OWNER_EMAIL: owner.email, OWNER_PASSWORD: owner.password });
  page = await (await browser.newContext()).newPage();
  await signIn(page, app);
});

test.afterAll(async () => {
  await page?.context().close();
  await app?.remove();
  registry?.close();
});

test("a file's content is pasted in the place of its path, and the server reads the file", async () => {
  await analyze(page, app, "@catwalk-e2e/file-server");
  await expect(page.getByRole("textbox", { name: "Acme key file" })).toHaveAttribute("aria-required", "true");
  await page.getByRole("button", { name: /^Paste the file’s content instead.*Acme key file$/ }).click();
  const file = page.getByRole("textbox", { name: "acme-key", exact: true });
  await expect(file).toBeFocused();
  await page.keyboard.insertText("first line\nsecond line\n");
  expect(await findViolations(page)).toEqual([]);
  await deploy(page);
  const { text, close } = await connectClient(await copyUrl(page), await makeKey(page, "Test"));
  expect(await text("key")).toBe("first line\nsecond line\n");
  await close();
});
