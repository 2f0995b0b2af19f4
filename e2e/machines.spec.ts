import { expect, type Page, test } from "playwright/test";
import { startFlySimulator } from "../fly-simulator/src/simulator.ts";
import type { FlySimulator, SimulatedMachine } from "../fly-simulator/src/simulator-types.ts";
import { sendJson, startTestServer, type TestServer } from "../lib/analysis/testing/http-server.ts";
import type { DeploymentView } from "../lib/deployments/view.ts";
import { owner, signIn, startTestApp, type TestApp, tab } from "./testing/app.ts";

// An owner's way to machines at Fly through the pages, each test going on from the one before.
test.describe.configure({ mode: "serial" });

const everything = "@modelcontextprotocol/server-everything";
let fly: FlySimulator;
/** GitHub and a language model in one, as far as the set-up page asks them. */
let services: TestServer;
let app: TestApp;
let page: Page;
let apiToken: string;

test.beforeAll(async ({ browser }) => {
  fly = await startFlySimulator({ timeScale: 0.05, autostopEveryMs: "never" });
  services = await startTestServer((request, response) => {
    if (request.url === "/rate_limit") {
      return sendJson(response, 200, { resources: { core: { limit: 5_000, remaining: 4_711 } } });
    }
    const message = { role: "assistant", content: "ready" };
    sendJson(response, 200, { id: "1", created: 0, model: "m", choices: [{ index: 0, message }] });
  });
  app = await startTestApp({
    OWNER_EMAIL: owner.email,
    OWNER_PASSWORD: owner.password,
    FLY_API_HOSTNAME: fly.url,
    FLY_PUBLIC_URL_TEMPLATE: fly.publicUrlTemplate,
    GITHUB_API_URL: services.url,
    GITHUB_TOKEN: "ghp_of_the_browser_test",
    OPENAI_API_KEY: "sk-of-the-browser-test",
    OPENAI_BASE_URL: services.url,
    ANALYSIS_MODEL: "m",
  });
  apiToken = await app.token();
  page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(30_000);
  await signIn(page, app);
});

test.afterAll(async () => {
  await page?.context().close();
  await app?.remove();
  await services?.close();
  await fly?.stop();
});

/** Streamed content is hidden at first, beside its placeholder, so only the visible one counts. */
const check = (title: string) => page.locator(`[data-check="${title}"]`).filter({ visible: true });
const flyLine = (title: string) => page.locator(`[data-line="${title}"]`);

/** The only machine that there is. */
/** @param region where it was moved to; the one before stays for a while */
function onlyMachine(region?: string): SimulatedMachine {
  const all = fly.apps().flatMap(({ name }) => fly.machines(name));
  const [machine, ...others] = all.filter((each) => region === undefined || each.region === region);
  if (!machine || others.length > 0) throw new Error("there is not exactly one machine");
  return machine;
}

test("without Fly the set-up page says which steps are optional, and servers run on this host", async () => {
  await page.goto(`${app.url}/settings/set-up`);
  await expect(check("Machines")).toHaveAttribute("data-state", "optional");
  for (const title of ["Database", "Keys", "GitHub", "Language model"]) {
    await expect(check(title), title).toHaveAttribute("data-state", "good");
  }
  await expect(check("GitHub")).toContainText("4711 of 5000");
  await check("Machines").getByRole("link", { name: "Settings → Machines" }).click();
  await page.waitForURL("**/settings/machines");
  await expect(page.getByText("On this computer", { exact: true })).toBeVisible();
});

test("a token that Fly does not accept, and one that is for one app only, are refused and not kept", async () => {
  await page.getByLabel("Token", { exact: false }).first().fill("FlyV1 fm2_not-a-token-that-anybody-made");
  await page.getByRole("button", { name: "Check only" }).click();
  await expect(flyLine("Token")).toHaveAttribute("data-state", "failed");
  await expect(flyLine("Token")).toContainText("fly-request-id");
  await page.getByRole("button", { name: "Check and save" }).click();
  await expect(page.getByText("Fly does not accept this token.")).toBeVisible();

  fly.takeName("somebody-elses");
  await page
    .getByLabel("Token", { exact: false })
    .first()
    .fill(fly.makeToken({ app: "somebody-elses" }));
  await page.getByRole("button", { name: "Check and save" }).click();
  await expect(page.getByText("This is a deploy token for one app only")).toBeVisible();
  await expect(page.getByLabel("Token", { exact: false }).first()).toBeFocused();

  await page.reload();
  await expect(page.getByText("No token.")).toBeVisible();
  expect(fly.apps().map(({ name }) => name)).toEqual(["somebody-elses"]);
  await fly.destroyApp("somebody-elses");
});

test("a good token is proved and kept, never shown again, and new servers run on Fly", async () => {
  await page.getByLabel("Token", { exact: false }).first().fill(fly.token);
  await page.getByRole("button", { name: "Check only" }).click();
  await expect(flyLine("Image")).toHaveAttribute("data-state", "not_set");
  await page.getByLabel("Image").fill(fly.image);
  await page.getByRole("button", { name: "Check and save" }).click();
  for (const title of ["Token", "Organization", "Creating apps", "Image"]) {
    await expect(flyLine(title), title).toHaveAttribute("data-state", "ok");
  }
  await expect(page.getByText("On Fly Machines", { exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByText("None. Every app belongs to a deployment.")).toBeVisible();
  expect(await page.content()).not.toContain(fly.token.slice(-40));
  expect(fly.apps()).toEqual([]);
});

test("everything on the set-up page is good, until Fly takes the token back", async () => {
  await page.goto(`${app.url}/settings/set-up`);
  for (const title of ["Database", "Keys", "Machines", "Image of machines", "GitHub", "Language model"]) {
    await expect(check(title), title).toHaveAttribute("data-state", "good");
  }
  await expect(page.locator("[data-state=bad]")).toHaveCount(0);

  fly.revokeToken(fly.token);
  await page.getByRole("button", { name: "Check again" }).click();
  await expect(check("Machines")).toHaveAttribute("data-state", "bad");
  await page.goto(app.url);
  await expect(page.getByText("Before your first deployment")).toBeVisible();
  await page.getByRole("link", { name: "See what to do" }).click();
  await expect(check("Machines")).toContainText("Fly does not accept this token.");
  expect(await page.content()).not.toContain(fly.token.slice(-40));

  await page.goto(`${app.url}/settings/machines`);
  await expect(page.getByText("Fly does not accept the token.")).toBeVisible();
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("New token").fill(fly.makeToken({ org: fly.org }));
  await page.getByRole("button", { name: "Check and save" }).click();
  await expect(flyLine("Token")).toHaveAttribute("data-state", "ok");
});

test("a machine's memory is changed on its page, and a name", async () => {
  const deployment = await app.api<DeploymentView>("POST", "/api/deployments", {
    token: apiToken,
    body: { repo_url: `npm:${everything}`, inputs: {} },
    expect: 201,
  });
  await page.goto(`${app.url}/deployments/${deployment.id}?tab=settings`);
  await expect(page.locator("[data-status]").first()).toHaveText("Live", { timeout: 180_000 });
  expect(onlyMachine().config.guest?.memory_mb).toBe(512);

  await page.getByLabel("Name", { exact: true }).fill("Another name");
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Another name");

  await page.getByLabel("Memory").click();
  await page.getByRole("option", { name: "1 GB" }).click();
  await expect(page.getByText("The machine restarts, which takes a moment")).toBeVisible();
  await page.getByRole("button", { name: "Save and restart" }).click();
  await expect.poll(() => onlyMachine().config.guest?.memory_mb, { timeout: 60_000 }).toBe(1_024);
  // The status stays Live for a moment, and a move begins only where no step is open.
  const id = new URL(page.url()).pathname.split("/").at(-1);
  await expect
    .poll(
      async () => {
        const view = await app.api<DeploymentView>("GET", `/api/deployments/${id}`, { token: apiToken, expect: 200 });
        return view.machine?.change === null && view.steps.every(({ status }) => status === "done");
      },
      { timeout: 180_000 },
    )
    .toBe(true);
  await expect(page.locator("[data-status]").first()).toHaveText("Live", { timeout: 180_000 });
});

test("a region without room offers another, at the field where it is chosen", async () => {
  fly.setRegionFull("fra", true);
  await page.getByLabel("Region").click();
  await page.getByRole("option", { name: "Frankfurt (fra)" }).click();
  await expect(page.getByText("Files that the server wrote to its machine are not moved")).toBeVisible();
  await page.getByRole("button", { name: "Save and move" }).click();
  const notice = page.locator("[data-part=machine-change]");
  await expect(notice).toContainText("Fly has no room for this machine in Frankfurt (fra) now.", { timeout: 120_000 });
  await expect(notice).toContainText("was not touched");
  // The existing machine goes on serving.
  await expect(page.locator("[data-status]").first()).toHaveText("Live");
  await notice.getByText("Technical details").click();
  await expect(notice).toContainText("fly-request-id");
  await tab(page, "Logs").click();
  await page.getByRole("button", { name: "Choose another region" }).click();
  await expect(page.getByLabel("Region")).toBeFocused();
  await page.getByLabel("Region").click();
  await page.getByRole("option", { name: "London (lhr)" }).click();
  await page.getByRole("button", { name: "Save and move" }).click();
  await expect(notice).toContainText("Moving to London (lhr)");
  await expect(notice).toBeHidden({ timeout: 180_000 });
  await expect(page.locator("[data-status]").first()).toHaveText("Live");
  await expect(page.getByLabel("Region")).toHaveText("London (lhr)");
  expect(onlyMachine("lhr").state).toBe("started");
});

test("a machine destroyed from outside is noticed, and recreated with one click", async () => {
  const { app: name, id } = onlyMachine("lhr");
  await fly.destroyMachine(name, id);
  const repair = page.getByRole("button", { name: "Repair" });
  await expect(repair).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText("The machine was destroyed outside of Catwalk.")).toBeVisible();
  await repair.click();
  await expect(page.locator("[data-status]").first()).toHaveText("Live", { timeout: 180_000 });
  expect(onlyMachine("lhr").id).not.toBe(id);
});

test("an unused app is listed and can be removed, and one in use cannot", async () => {
  const { app: used } = onlyMachine("lhr");
  const leftOver = used.replace(/[0-9a-f]{32}.*$/, "01a20363000070008000000000000000");
  const response = await fetch(`${fly.url}/v1/apps`, {
    method: "POST",
    headers: { authorization: fly.makeToken({ org: fly.org }), "content-type": "application/json" },
    body: JSON.stringify({ name: leftOver, org_slug: fly.org, network: leftOver }),
  });
  expect(response.status, await response.text()).toBe(201);
  await page.goto(`${app.url}/settings/machines`);
  const list = page.getByRole("list", { name: "Apps left over" });
  await expect(list).toContainText(leftOver);
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await page.getByRole("button", { name: `Remove ${leftOver}` }).click();
  await page.getByRole("button", { name: "Remove app" }).click();
  await expect(page.getByText("None. Every app belongs to a deployment.")).toBeVisible();
  await expect.poll(() => fly.apps().map(({ name }) => name)).not.toContain(leftOver);
  expect(fly.apps().map(({ name }) => name)).toContain(used);
});

test("without the token servers keep running, and the page says what follows", async () => {
  await page.getByRole("button", { name: "Remove the Fly token" }).click();
  await expect(page.getByRole("alertdialog")).toContainText("The server on Fly keeps answering and costing money");
  await page.getByRole("button", { name: "Remove token" }).click();
  await expect(page.getByText("On this computer", { exact: true })).toBeVisible();
  await expect(page.getByText("1 server runs on Fly, none on this computer.")).toBeVisible();
  expect(onlyMachine("lhr").state).toBe("started");
  expect(fly.violations).toEqual([]);
});
