import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { expect, type Locator, type Page } from "playwright/test";
import { type RunningApp, startApp, temporaryDataFolder } from "../../lib/cli/testing/app.ts";
import { removeTree } from "../../mcp-host/src/install/ownership.ts";

const run = promisify(execFile);

export const owner = { email: "owner@example.com", password: "correct-horse-battery-staple" };

/** The app with its own data folder and a GitHub that answers 404. */
export interface TestApp extends RunningApp {
  dataFolder: string;
  /** Creates a token with `npm run token`. */
  token(): Promise<string>;
  /** Calls the app's API. @returns the body of an answer with the expected status */
  api<T>(method: string, path: string, options: { token: string; body?: unknown; expect: number }): Promise<T>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

/** Starts the app as a person does. Without `OWNER_EMAIL` in the settings it has no account yet. */
export async function startTestApp(settings: Record<string, string> = {}): Promise<TestApp> {
  const dataFolder = await temporaryDataFolder();
  const gitHub = createServer((_request, response) => response.writeHead(404).end('{"message":"Not Found"}'));
  await once(gitHub.listen(0, "127.0.0.1"), "listening");
  const address = gitHub.address();
  const gitHubUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const removeRest = async () => {
    gitHub.close();
    await removeTree(dataFolder);
  };
  const app = await startApp({ dataFolder, settings: { GITHUB_API_URL: gitHubUrl, ...settings } }).catch(
    async (error: unknown) => {
      await removeRest();
      throw error;
    },
  );
  return {
    ...app,
    dataFolder,
    async token() {
      const { stdout } = await run("npm", ["run", "token", "--", owner.email], {
        env: { ...process.env, CATWALK_DATA_DIR: dataFolder, DATABASE_URL: "" },
      });
      return stdout.trimEnd().split("\n").at(-1) ?? "";
    },
    async api(method, path, { token, body, expect: status }) {
      const response = await fetch(app.url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      expect(response.status, text).toBe(status);
      return text === "" ? null : JSON.parse(text);
    },
    async remove() {
      await app.stop();
      await removeRest();
    },
  };
}

/** Signs in the owner that `OWNER_EMAIL` and `OWNER_PASSWORD` created. */
export async function signIn(page: Page, app: RunningApp): Promise<void> {
  await page.goto(`${app.url}/sign-in`);
  await page.getByLabel("E-mail").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${app.url}/`);
}

/** Pastes a source and waits for the analysis to finish. */
export async function analyze(page: Page, app: RunningApp, source: string): Promise<void> {
  await page.goto(`${app.url}/new`);
  await page.getByLabel("Repository or package").fill(source);
  await page.getByRole("button", { name: "Analyze" }).click();
  await expect(page.getByRole("button", { name: "Deploy", exact: true })).toBeVisible({ timeout: 120_000 });
}

/** Presses Deploy and waits until the deployment's page says that it is live. */
export async function deploy(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.waitForURL(/\/deployments\/[0-9a-f-]{36}/);
  await expect(page.locator("[data-status]").first()).toHaveText("Live", { timeout: 180_000 });
}

/** Finds the link of a tab on a deployment's page. */
export function tab(page: Page, name: string): Locator {
  return page.getByRole("navigation", { name: "About this deployment" }).getByRole("link", { name });
}

/** Finds the content of the open tab of a deployment's page. */
export function tabContent(page: Page, name: string): Locator {
  return page.getByRole("region", { name, exact: true });
}

/** Creates an access key on the tab of keys and opens the Connect tab again. @returns the key as the page shows it */
export async function makeKey(page: Page, name: string): Promise<string> {
  await tab(page, "Access").click();
  await page.getByLabel("Name of the new key").fill(name);
  await page.getByRole("button", { name: "Create key" }).click();
  const key = await page.getByRole("region", { name: "access key", exact: true }).innerText();
  expect(key).toMatch(/^cwk_[\w-]{43}$/);
  await tab(page, "Connect").click();
  return key;
}

/** Copies the connector URL with the page's button. */
export async function copyUrl(page: Page): Promise<string> {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy connector URL" }).click();
  await expect(page.getByRole("status").getByText("Copied connector URL")).toBeAttached();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe((await page.getByTestId("connector-url").innerText()).trim());
  return copied;
}
