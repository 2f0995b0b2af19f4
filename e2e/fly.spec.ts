import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "playwright/test";
import { startFlySimulator } from "../fly-simulator/src/simulator.ts";
import type { FlySimulator, SimulatedMachine } from "../fly-simulator/src/simulator-types.ts";
import { analyze, copyUrl, deploy, makeKey, owner, signIn, startTestApp, type TestApp, tab } from "./testing/app.ts";
import { connectClient } from "./testing/client.ts";

// The main path with machines at Fly, played on this host: live, asleep, awake again, gone.

/** A machine that has just answered is taken by the gateway to be awake for 15 s. */
const TAKEN_TO_BE_AWAKE_MS = 16_000;
const everything = "@modelcontextprotocol/server-everything";
let fly: FlySimulator;
let app: TestApp;

test.beforeAll(async () => {
  fly = await startFlySimulator({ timeScale: 0.05, autostopEveryMs: "never" });
  app = await startTestApp({ ...fly.env, OWNER_EMAIL: owner.email, OWNER_PASSWORD: owner.password });
});

test.afterAll(async () => {
  await app?.remove();
  await fly?.stop();
});

/** The only machine that there is. */
function onlyMachine(): SimulatedMachine {
  const [machine, ...others] = fly.apps().flatMap(({ name }) => fly.machines(name));
  if (!machine || others.length > 0) throw new Error("there is not exactly one machine");
  return machine;
}

/** Waits until the machine is idle and runs the proxy's autostop. The gateway closes idle streams after a minute. */
async function fallAsleep(): Promise<void> {
  await expect.poll(() => onlyMachine().load, { timeout: 120_000 }).toBe(0);
  await delay(TAKEN_TO_BE_AWAKE_MS);
  fly.autostopNow();
  const { app: name, id } = onlyMachine();
  await fly.until(name, id, "suspended");
}

// The waits for sleep come on top of what the main path takes.
test.setTimeout(480_000);

test("deployed on a machine at Fly, it sleeps unnoticed, wakes for a call, and leaves nothing", async ({ page }) => {
  await signIn(page, app);
  await analyze(page, app, everything);
  await deploy(page);
  const url = await copyUrl(page);
  const key = await makeKey(page, "The browser test");
  const deployed = onlyMachine();
  expect(deployed.config.image).toBe(fly.image);

  const first = await connectClient(url, key);
  expect(await first.text("echo", { message: "over the catwalk" })).toContain("over the catwalk");

  // The open session of a client that does nothing keeps no machine awake.
  await fallAsleep();
  const requestsSoFar = fly.publicRequests.length;
  const second = await connectClient(url, key);
  const { tools } = await second.client.listTools();
  expect(tools.map(({ name }) => name)).toContain("echo");
  expect((await second.client.listPrompts()).prompts.length).toBeGreaterThan(0);
  expect(onlyMachine().state).toBe("suspended");
  expect(fly.publicRequests.length).toBe(requestsSoFar);

  // Both sessions go on, the one from before and the one that was opened meanwhile, on the machine as it was.
  expect(await second.text("echo", { message: "good morning" })).toContain("good morning");
  expect(await first.text("echo", { message: "still here" })).toContain("still here");
  expect(fly.publicRequests.slice(requestsSoFar).filter(({ woke }) => woke)).toHaveLength(1);
  expect(onlyMachine().pid).toBe(deployed.pid);

  // Nor do they end with the machine's memory.
  const { app: name, id } = onlyMachine();
  fly.crash(name, id);
  await fly.until(name, id, "restarting");
  expect(await second.text("echo", { message: "from cold" })).toContain("from cold");
  expect(onlyMachine().pid).not.toBe(deployed.pid);
  await first.close();
  await second.close();

  await page.reload();
  const title = await page.getByRole("heading", { level: 1 }).innerText();
  await tab(page, "Settings").click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByLabel(`Type ${title} to continue`).fill(title);
  await page.getByRole("button", { name: "Delete permanently" }).click();
  await expect(page.getByText(`${title} was deleted.`)).toBeVisible({ timeout: 60_000 });
  await expect.poll(() => fly.apps(), { timeout: 60_000 }).toEqual([]);
  expect(fly.violations).toEqual([]);
  expect(fly.requests.filter(({ status }) => status === 429)).toEqual([]);
});
