import { gzipSync } from "node:zlib";
import { expect, test } from "playwright/test";
import type { DeploymentView } from "../lib/deployments/view.ts";
import { owner, signIn, startTestApp, type TestApp } from "./testing/app.ts";

// The budget for the JavaScript of a page's first load, gzipped. Sizes do not vary, so they can be asserted.

const KB = 1_024;
const BUDGET_KB = 180;
const LIST_BUDGET_KB = 130;

let app: TestApp;

test.beforeAll(async () => {
  app = await startTestApp({ OWNER_EMAIL: owner.email, OWNER_PASSWORD: owner.password });
});

test.afterAll(async () => {
  await app?.remove();
});

test("the JavaScript of each page's first load stays within its budget", async ({ page }) => {
  const sizes = new Map<string, number>();

  /** Sums the scripts that the HTML of a page loads or preloads, in KB. */
  async function measure(path: string): Promise<number> {
    const response = await page.request.get(app.url + path);
    const html = await response.text();
    const scripts = new Set(
      Array.from(html.matchAll(/(?:src|href)="(\/_next\/static\/[^"?]+\.js)/g), ([, url = ""]) => url),
    );
    expect(scripts.size, path).toBeGreaterThan(0);
    let total = 0;
    for (const url of scripts) {
      let size = sizes.get(url);
      if (size === undefined) {
        size = gzipSync(await (await page.request.get(app.url + url)).body()).length;
        sizes.set(url, size);
      }
      total += size;
    }
    return Math.round(total / KB);
  }

  const anonymous = [await measure("/sign-in"), await measure("/reset-password")];
  await signIn(page, app);
  const start = await measure("/");
  const token = await app.token();
  const body = { repo_url: "npm:@modelcontextprotocol/server-everything", name: "everything", inputs: {} };
  const { id } = await app.api<DeploymentView>("POST", "/api/deployments", { token, body, expect: 201 });
  await expect
    .poll(async () => (await app.api<DeploymentView>("GET", `/api/deployments/${id}`, { token, expect: 200 })).status, {
      timeout: 180_000,
    })
    .toBe("live");

  const list = await measure("/");
  const measured: [path: string, sizeKb: number][] = [
    ["/sign-in", anonymous[0] ?? 0],
    ["/reset-password", anonymous[1] ?? 0],
    ["/ (empty)", start],
  ];
  const tabs = ["connect", "tools", "logs", "calls", "keys", "credentials", "settings"];
  const settings = ["", "/tokens", "/set-up", "/connections", "/machines", "/people"];
  for (const path of [
    "/new",
    ...tabs.map((tab) => `/deployments/${id}?tab=${tab}`),
    ...settings.map((each) => `/settings${each}`),
  ]) {
    measured.push([path.replace(id, "ID"), await measure(path)]);
  }
  console.log([["/", list], ...measured].map(([path, sizeKb]) => `${sizeKb} KB  ${path}`).join("\n"));
  expect(list, "/").toBeLessThanOrEqual(LIST_BUDGET_KB);
  expect(measured.filter(([, sizeKb]) => sizeKb > BUDGET_KB)).toEqual([]);
});
