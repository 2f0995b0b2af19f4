import { defineConfig } from "playwright/test";
import { chromiumPath } from "./e2e/testing/browser.ts";

// Every worker reads this file again; the browser is looked for, and if need be unpacked, only once.
process.env.CATWALK_CHROMIUM ??= await chromiumPath();

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  // One app for all, and two cores for it, its servers and the browser.
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  // For a browser that crashes. `npm test` counts what passes only when it is repeated as failed, for any other reason.
  retries: 1,
  timeout: 300_000,
  expect: { timeout: 60_000 },
  use: {
    launchOptions: {
      executablePath: process.env.CATWALK_CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
    },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
});
