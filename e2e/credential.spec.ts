import { join } from "node:path";
import { expect, test } from "playwright/test";
import {
  analyze,
  copyUrl,
  deploy,
  makeKey,
  owner,
  signIn,
  startTestApp,
  type TestApp,
  tab,
  tabContent,
} from "./testing/app.ts";
import { connectClient } from "./testing/client.ts";
import { type PackageRegistry, serveAsPackage } from "./testing/registry.ts";

// A server that starts only when its credential arrives, and reports all that it was given.
test.describe.configure({ mode: "serial" });

const credential = "probe-7f3a9c-never-to-be-seen-again";
let registry: PackageRegistry;
let app: TestApp;

test.beforeAll(async () => {
  registry = await serveAsPackage(join(import.meta.dirname, "fixtures", "credential-server"));
  app = await startTestApp({
    ...registry.settings,
    OWNER_EMAIL: owner.email,
    OWNER_PASSWORD: owner.password,
    // A secret of the host's, which no server may see.
    CANARY_OF_THE_HOST: "a secret of the host",
  });
});

test.afterAll(async () => {
  await app?.remove();
  registry?.close();
});

test("the form asks for the credential, the server gets it and nothing else", async ({ page }) => {
  await signIn(page, app);
  await analyze(page, app, "@catwalk-e2e/credential-server");
  // The package has a program of its own name, which is no server: the README names the other one.
  await expect(page.getByRole("definition").nth(1)).toHaveText("credential-mcp");
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  const field = page.getByRole("textbox", { name: "Probe token" });
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAttribute("type", "password");
  expect(new URL(page.url()).pathname).toBe("/new");

  await field.fill(credential);
  await deploy(page);
  const url = await copyUrl(page);
  const key = await makeKey(page, "Test");
  const { text, close } = await connectClient(url, key);
  const { names, length } = JSON.parse(await text("environment"));
  expect(length).toBe(credential.length);
  expect(names).toContain("PROBE_TOKEN");
  // Under root, the name of the server's own user is among them.
  const basics = ["PATH", "HOME", "TMPDIR", "LANG", "TZ", "USER", "LOGNAME", "PROBE_TOKEN"];
  const proxies = /^(https?|no|all)_proxy$/i;
  const certificates = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/;
  const others = names.filter(
    (name: string) => !basics.includes(name) && !proxies.test(name) && !certificates.test(name),
  );
  expect(others).toEqual([]);
  await close();

  // Written once, read never: not in a page, not in the API, not in the log that the server wrote it to.
  await page.reload();
  await tab(page, "Logs").click();
  await expect(tabContent(page, "Logs").getByText("Signed in with").first()).toBeVisible();
  expect(await page.content()).not.toContain(credential);
  await tab(page, "Credentials").click();
  await expect(tabContent(page, "Credentials").getByText("PROBE_TOKEN").first()).toBeVisible();
  expect(await page.content()).not.toContain(credential);
  const token = await app.token();
  const id = new URL(page.url()).pathname.split("/").at(-1);
  const view = await app.api("GET", `/api/deployments/${id}`, { token, expect: 200 });
  expect(JSON.stringify(view)).not.toContain(credential);
  expect(app.output()).not.toContain(credential);
});
