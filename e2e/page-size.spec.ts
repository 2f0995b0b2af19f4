import { gzipSync } from "node:zlib";
import { expect, test } from "playwright/test";
import type { DeploymentView } from "../lib/deployments/view.ts";
import { owner, signIn, startTestApp, type TestApp } from "./testing/app.ts";

// The budget for the JavaScript of a page's first load, gzipped. Sizes do not vary, so they can be asserted. React and Next alone are
// 135 KB of each page, and every budget is a few KB above what the page needs now: lower it with each saving.

const KB = 1_024;
/** The first pattern that matches a page's path has its budget. */
const BUDGETS_KB: readonly [path: RegExp, budgetKb: number][] = [
  [/tab=credentials$/, 176],
  // A form for any JSON Schema needs every control.
  [/tab=tools$/, 174],
  [/^\/deployments\//, 169],
  [/^\/settings/, 160],
  [/^\/(new| without deployments)$/, 162],
  [/^\/(sign-in|reset-password)$/, 147],
  [/^\//, 156],
];

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
    // Browsers that know modules, which are all that Next supports, skip the polyfills.
    const html = (await response.text()).replaceAll(/<script[^>]*noModule[^>]*>/g, "");
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

  const anonymous: [path: string, sizeKb: number][] = [];
  for (const path of ["/sign-in", "/reset-password"]) anonymous.push([path, await measure(path)]);
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

  const tabs = ["connect", "tools", "logs", "calls", "keys", "credentials", "settings"];
  const settings = ["", "/clients", "/tokens", "/set-up", "/connections", "/machines", "/people", "/log"];
  const paths = [
    "/",
    "/new",
    ...tabs.map((tab) => `/deployments/${id}?tab=${tab}`),
    ...settings.map((each) => `/settings${each}`),
  ];
  const measured: [path: string, sizeKb: number][] = [...anonymous, ["/ without deployments", start]];
  for (const path of paths) measured.push([path, await measure(path)]);
  console.log(measured.map(([path, sizeKb]) => `${sizeKb} KB  ${path}`).join("\n"));
  const over = measured.filter(([path, sizeKb]) => {
    const [, budgetKb = 0] = BUDGETS_KB.find(([pattern]) => pattern.test(path)) ?? [];
    return sizeKb > budgetKb;
  });
  expect(over).toEqual([]);
});
