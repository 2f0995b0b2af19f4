import { rm } from "node:fs/promises";
import { type Browser, expect, type Page, test } from "playwright/test";
import { type RunningApp, runApp, startApp, temporaryDataFolder } from "../lib/cli/testing/app.ts";
import { type FakeGitHub, startFakeGitHub } from "./testing/github.ts";

// Accounts from the first start on, in the order in which they come about: each test builds on those before.
test.describe.configure({ mode: "serial" });
test.use({ actionTimeout: 60_000, navigationTimeout: 60_000 });

const password = "seven green lanterns";
const owner = "owner@example.com";
let app: RunningApp;
let gitHub: FakeGitHub;
let dataFolder: string;

test.beforeAll(async () => {
  gitHub = await startFakeGitHub();
  dataFolder = await temporaryDataFolder();
  app = await startApp({
    dataFolder,
    settings: {
      GITHUB_ID: gitHub.clientId,
      GITHUB_SECRET: gitHub.clientSecret,
      GITHUB_API_URL: gitHub.url,
      TRUSTED_PROXY_HOPS: "1",
    },
  });
});

test.afterAll(async () => {
  await app?.stop();
  gitHub?.close();
  if (dataFolder) await rm(dataFolder, { recursive: true, force: true });
});

/** Sends the form of the sign-in page. */
async function trySignIn(page: Page, email: string, secret: string, path = "/sign-in"): Promise<void> {
  await page.goto(app.url + path);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(secret);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Signs in and waits for the page that was asked for. */
async function signIn(page: Page, email: string, secret: string, goTo = "/"): Promise<void> {
  await trySignIn(page, email, secret, `/sign-in?callbackUrl=${encodeURIComponent(goTo)}`);
  await page.waitForURL(app.url + goTo);
}

/** A page of another person, in a browser of their own. */
async function freshPage(browser: Browser): Promise<Page> {
  return (await browser.newContext()).newPage();
}

function pathOf(page: Page): string {
  const { pathname, search } = new URL(page.url());
  return pathname + search;
}

async function expectSignedIn(page: Page, email: string): Promise<void> {
  await expect(page.getByRole("button", { name: /^Account/ })).toBeVisible();
  await page.goto(`${app.url}/settings`);
  await expect(page.getByText(email).first()).toBeVisible();
}

test("the first visit leads to setting up, which the printed link alone can do", async ({ page }) => {
  await page.goto(app.url);
  await page.waitForURL(`${app.url}/setup`);
  await expect(page.getByText("Open the setup link that Catwalk printed when it started")).toBeVisible();
  await expect(page.getByRole("textbox")).toHaveCount(0);

  await page.goto(`${app.url}/setup?token=${"x".repeat(43)}`);
  await expect(page.getByText("This setup link does not work")).toBeVisible();

  expect(app.setupUrl).toMatch(/\/setup\?token=[\w-]{43}$/);
  await page.goto(app.setupUrl ?? "");
  // A first start asks for what it needs and nothing else.
  await expect(page.getByRole("textbox")).toHaveCount(2);
  await page.getByLabel("E-mail").fill("not an address");
  await page.getByLabel("Password").fill("password1234");
  await page.getByRole("button", { name: "Create the owner's account" }).click();
  await expect(page.getByText("This is one of the first passwords that anybody tries")).toBeVisible();
  await expect(page.getByLabel("Password")).toBeFocused();
  await page.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
  await expect(page.getByText("Enter an e-mail address such as")).toBeVisible();
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await page.getByLabel("E-mail").fill(" Owner@Example.com");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${app.url}/`);
  await expectSignedIn(page, owner);
  await page.getByLabel("Name").fill("Olive Owner");
  await page.getByRole("button", { name: "Save name" }).click();
  await expect(page.getByText("Your name was saved.")).toBeVisible();
});

test("the setup link works once", async ({ page }) => {
  await page.goto(app.setupUrl ?? "");
  await page.waitForURL(`${app.url}/sign-in`);
});

test("a wrong password is reported at its field, and the right one leads to the requested page", async ({ page }) => {
  await page.goto(`${app.url}/settings/tokens`);
  await page.waitForURL(`${app.url}/sign-in?callbackUrl=%2Fsettings%2Ftokens`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Enter your e-mail address.")).toBeVisible();
  for (const [email, wrong] of [
    [owner, "eight red lanterns"],
    ["nobody@example.com", password],
  ] as const) {
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill(wrong);
    await page.keyboard.press("Enter");
    await expect(page.getByText("E-mail address or password is wrong.")).toBeVisible();
    await expect(page.getByLabel("Password")).toBeFocused();
  }
  await page.getByLabel("E-mail").fill(owner);
  await page.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${app.url}/settings/tokens`);
  await expect(page.getByRole("heading", { name: "API tokens" })).toBeVisible();
});

test("after some failures it says when to try again", async ({ browser }) => {
  // From an address of its own, so that the tests after this one do not have to wait.
  const context = await browser.newContext({ extraHTTPHeaders: { "x-forwarded-for": "203.0.113.7" } });
  const page = await context.newPage();
  const refusal = page.getByText(/Too many attempts to sign in\. Try again in \d+ (second|minute)s?\./);
  await page.goto(`${app.url}/sign-in`);
  await page.getByLabel("E-mail").fill("guessed@example.com");
  // The waits double: however slowly this runs, an attempt falls into one of them.
  for (let attempt = 1; attempt <= 14 && !(await refusal.isVisible()); attempt++) {
    await page.getByLabel("Password").fill(`guess number ${attempt}`);
    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await page.keyboard.press("Enter");
    await answered;
    await expect(page.getByRole("button", { name: "Sign in" })).toBeEnabled();
  }
  await expect(refusal).toBeVisible();
});

test("signing in works before the page is alive, and where JavaScript is off", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await trySignIn(page, owner, "eight red lanterns", "/sign-in?callbackUrl=%2Fsettings%2Ftokens");
  await expect(page.getByText("E-mail address or password is wrong.")).toBeVisible();
  await expect(page.getByLabel("E-mail")).toHaveValue(owner);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${app.url}/settings/tokens`);
  await context.close();
});

test("a link that names another site does not lead there", async ({ page }) => {
  for (const target of ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]) {
    await page.context().clearCookies();
    await trySignIn(page, owner, password, `/sign-in?callbackUrl=${encodeURIComponent(target)}`);
    await page.waitForURL(`${app.url}/`);
  }
});

test("an API token is shown once, opens the API, and stops when it is revoked", async ({ page, request }) => {
  await signIn(page, owner, password, "/settings/tokens");
  await page.getByRole("button", { name: "Create token" }).click();
  await expect(page.getByText("Give the token a name")).toBeVisible();
  await page.getByLabel("Name").fill("CI");
  await page.keyboard.press("Enter");
  const token = await page.getByText(/^cwt_[\w-]{43}$/).innerText();
  const call = (bearer: string) =>
    request.get(`${app.url}/api/deployments`, { headers: { authorization: `Bearer ${bearer}` } });
  expect((await call(token)).status()).toBe(200);
  const refused = await call(`${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`);
  expect(refused.status()).toBe(401);
  expect((await refused.json()).error.code).toBe("unauthenticated");

  await page.reload();
  await expect(page.getByText(token.slice(0, 10))).toBeVisible();
  expect(await page.content()).not.toContain(token);
  await expect(page.getByText("last used just now")).toBeVisible();
  await page.getByRole("button", { name: "Revoke CI" }).click();
  await page.getByRole("button", { name: "Revoke token" }).click();
  await expect(page.getByText("No tokens yet.")).toBeVisible();
  expect((await call(token)).status()).toBe(401);
});

test("an invitation lets one person in, once, as a member", async ({ page, browser }) => {
  await signIn(page, owner, password, "/settings/people");
  await page.getByLabel("E-mail").fill("member@example.com");
  await page.getByRole("button", { name: "Create link" }).click();
  const link = await page.getByText(/\/invite\/[\w-]{43}$/).innerText();

  const member = await freshPage(browser);
  await member.goto(link);
  await expect(member.getByText("Olive Owner invited you")).toBeVisible();
  await expect(member.getByLabel("E-mail")).toHaveValue("member@example.com");
  await member.getByLabel("Name").fill("Max Member");
  await member.getByLabel("Password").fill(password);
  await member.getByRole("button", { name: "Create account" }).click();
  await member.waitForURL(`${app.url}/`);
  await expectSignedIn(member, "member@example.com");
  await expect(member.getByRole("navigation", { name: "Settings" }).getByRole("link")).toHaveText([
    "Account",
    "Clients",
    "API tokens",
  ]);
  for (const path of ["/settings/people", "/settings/connections"]) {
    await member.goto(app.url + path);
    await expect(member.getByText("Only the owner and admins can see this")).toBeVisible();
  }

  const late = await freshPage(browser);
  await late.goto(link);
  await expect(late.getByRole("heading", { name: "This invitation does not work" })).toBeVisible();
  await page.reload();
  await expect(page.getByText("Max Member")).toBeVisible();
});

test("GitHub sign-in admits invited people, recognizes them later, and admits no others", async ({ page, browser }) => {
  const link = await test.step("invite", async () => {
    await signIn(page, owner, password, "/settings/people");
    await page.getByRole("button", { name: "Create link" }).click();
    return page.getByText(/\/invite\/[\w-]{43}$/).innerText();
  });
  gitHub.account = {
    id: 4711,
    login: "gracehub",
    emails: [
      { email: "unverified@example.com", verified: false, primary: false },
      { email: "grace@example.com", verified: true, primary: true },
    ],
  };
  const grace = await freshPage(browser);
  await grace.goto(link);
  await grace.getByRole("button", { name: "Continue with GitHub" }).click();
  await grace.waitForURL(`${app.url}/`);
  await expectSignedIn(grace, "grace@example.com");
  await expect(grace.getByText("Linked to GitHub")).toBeVisible();

  const again = await freshPage(browser);
  await again.goto(`${app.url}/sign-in?callbackUrl=/settings/tokens`);
  await again.getByRole("button", { name: "Continue with GitHub" }).click();
  await again.waitForURL(`${app.url}/settings/tokens`);

  gitHub.account = { id: 666, login: "stranger", emails: [{ email: owner, verified: false, primary: true }] };
  const stranger = await freshPage(browser);
  await stranger.goto(`${app.url}/sign-in`);
  await stranger.getByRole("button", { name: "Continue with GitHub" }).click();
  await expect(stranger.getByText("This GitHub account has no account here")).toBeVisible();
  await stranger.goto(app.url);
  await stranger.waitForURL(/\/sign-in/);
});

test("GitHub signs a person in once they have linked it in Settings, and never by an equal address", async ({
  browser,
}) => {
  gitHub.account = { id: 4712, login: "ownerhub", emails: [{ email: owner, verified: true, primary: true }] };
  const page = await freshPage(browser);
  await page.goto(`${app.url}/sign-in`);
  await page.getByRole("button", { name: "Continue with GitHub" }).click();
  await expect(page.getByText("This GitHub account has no account here")).toBeVisible();

  await signIn(page, owner, password, "/settings");
  await page.getByRole("button", { name: "Link GitHub" }).click();
  await expect(page.getByText("Your GitHub account is linked")).toBeVisible();
  const again = await freshPage(browser);
  await again.goto(`${app.url}/sign-in`);
  await again.getByRole("button", { name: "Continue with GitHub" }).click();
  await again.waitForURL(`${app.url}/`);

  gitHub.account = { id: 4711, login: "gracehub", emails: [] };
  await page.getByRole("button", { name: "Unlink GitHub" }).click();
  await page.getByRole("button", { name: "Link GitHub" }).click();
  await expect(page.getByText("This GitHub account signs in to another account here.")).toBeVisible();
});

test("signing in with GitHub on the way to a consent page loses nothing of the client's request", async ({
  browser,
}) => {
  gitHub.account = { id: 4711, login: "gracehub", emails: [] };
  const registered = await fetch(`${app.url}/oauth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ client_name: "Travelling client", redirect_uris: ["http://localhost:7777/callback"] }),
  });
  const { client_id } = (await registered.json()) as { client_id: string };
  const request = new URL(`${app.url}/oauth/authorize`);
  request.search = new URLSearchParams({
    client_id,
    redirect_uri: "http://localhost:7777/callback",
    response_type: "code",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
    state: "a state",
  }).toString();
  const page = await freshPage(browser);
  await page.goto(request.href);
  await page.waitForURL(/\/sign-in\?callbackUrl=/);
  await page.getByRole("button", { name: "Continue with GitHub" }).click();
  await page.waitForURL(/\/connect\//);
  await expect(page.getByRole("heading", { name: "Connect Travelling client?" })).toBeVisible();
  await expect(page.getByText("grace@example.com")).toBeVisible();
});

test("a session that was signed out of does not come back with its cookie", async ({ browser }) => {
  const page = await freshPage(browser);
  await signIn(page, owner, password, "/settings");
  const cookies = await page.context().cookies();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.waitForURL(/\/sign-in/);
  await page.context().addCookies(cookies);
  await page.goto(`${app.url}/settings`);
  await page.waitForURL(/\/sign-in/);
});

test("keys are kept, tested and replaced without being shown", async ({ page }) => {
  const secret = "github_pat_that_is_not_one";
  await signIn(page, owner, password, "/settings/connections");
  await page.getByLabel("Token").fill(secret);
  await page.getByRole("button", { name: "Save token" }).click();
  await expect(page.getByText("Set just now")).toBeVisible();
  await page.reload();
  await expect(page.getByText("Set just now")).toBeVisible();
  expect(await page.content()).not.toContain(secret);
  await page.getByRole("button", { name: "Test GitHub" }).click();
  await expect(page.getByText(`${new URL(gitHub.url).host} answered with the status 404.`)).toBeVisible();
  await page.getByRole("button", { name: "Replace" }).click();
  await expect(page.getByLabel("New token")).toHaveValue("");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Remove the GitHub token" }).click();
  await page.getByRole("button", { name: "Remove token" }).click();
  await expect(page.getByText("Catwalk reads repositories anonymously")).toBeVisible();

  await page.getByLabel("Provider").click();
  await page.getByRole("option", { name: /OpenAI-compatible/ }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Enter a full URL such as")).toBeVisible();
  await page.getByLabel("Base URL").fill("http://127.0.0.1:1/v1");
  await page.getByLabel("API key").fill("sk-not-a-key");
  await page.getByLabel("Model").fill("some-model");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "Test the language model" }).click();
  await expect(page.getByText("127.0.0.1:1 cannot be reached.")).toBeVisible();
  expect(await page.content()).not.toContain("sk-not-a-key");
});

test("changing the password ends every other session and keeps this one", async ({ page, browser }) => {
  await signIn(page, "member@example.com", password);
  const elsewhere = await freshPage(browser);
  await signIn(elsewhere, "member@example.com", password);

  await page.goto(`${app.url}/settings`);
  await page.getByLabel("Current password").fill("not my password");
  await page.getByLabel("New password").fill("eight red lanterns");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("This is not your current password.")).toBeVisible();
  await page.getByLabel("Current password").fill(password);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password was changed.")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();

  await elsewhere.goto(`${app.url}/settings`);
  await elsewhere.waitForURL(/\/sign-in/);
  await signIn(elsewhere, "member@example.com", "eight red lanterns");
});

test("the e-mail address changes with the password, and is the one to sign in with", async ({ page, browser }) => {
  await signIn(page, "member@example.com", "eight red lanterns", "/settings");
  await page.getByLabel("E-mail").fill(owner);
  await page.getByLabel("Your password").fill("not my password");
  await page.getByRole("button", { name: "Change e-mail" }).click();
  await expect(page.getByText("This is not your current password.")).toBeVisible();
  await expect(page.getByLabel("Your password")).toBeFocused();
  await page.getByLabel("Your password").fill("eight red lanterns");
  await page.keyboard.press("Enter");
  await expect(page.getByText("There is an account with this e-mail address already.")).toBeVisible();
  await page.getByLabel("E-mail").fill(" Moved@Example.com");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Your e-mail address was changed.")).toBeVisible();
  await signIn(await freshPage(browser), "moved@example.com", "eight red lanterns");
  await page.getByLabel("E-mail").fill("member@example.com");
  await page.getByLabel("Your password").fill("eight red lanterns");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main").getByText("member@example.com")).toBeVisible();
});

test("a person who forgot the password gets a link from the operator", async ({ page, browser }) => {
  const elsewhere = await freshPage(browser);
  await signIn(elsewhere, "member@example.com", "eight red lanterns");
  await page.goto(`${app.url}/sign-in`);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await expect(page.getByText("npm run reset-password -- you@example.com")).toBeVisible();

  const program = ["lib/cli/reset-password.ts", "member@example.com"];
  const { output } = await runApp({ dataFolder, program });
  const link = new URL(output.trimEnd().split("\n").at(-1) ?? "").pathname;
  await page.goto(app.url + link);
  await expect(page.getByText("member@example.com")).toBeVisible();
  await page.getByLabel("New password").fill("password1234");
  await page.keyboard.press("Enter");
  await expect(page.getByText("This is one of the first passwords that anybody tries")).toBeVisible();
  await page.getByLabel("New password").fill("nine blue lanterns");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${app.url}/`);

  await elsewhere.goto(`${app.url}/settings`);
  await elsewhere.waitForURL(/\/sign-in/);
  await elsewhere.goto(app.url + link);
  await expect(elsewhere.getByRole("heading", { name: "This link does not work" })).toBeVisible();
  // The tests after this one know the member by the older password.
  await page.goto(`${app.url}/settings`);
  await page.getByLabel("Current password").fill("nine blue lanterns");
  await page.getByRole("textbox", { name: "New password" }).fill("eight red lanterns");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password was changed.")).toBeVisible();
});

test("signing out ends the session, by keyboard too", async ({ page }) => {
  await signIn(page, owner, password);
  await page.getByRole("button", { name: /^Account/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Sign out" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(`${app.url}/sign-in`);
  const cookies = await page.context().cookies();
  expect(cookies.filter((cookie) => cookie.name.endsWith("session-token"))).toEqual([]);
  await page.goto(`${app.url}/settings`);
  expect(pathOf(page)).toBe("/sign-in?callbackUrl=%2Fsettings");
});

test("an admin manages people, looks at settings without changing them, and is a member again when told so", async ({
  page,
  browser,
}) => {
  const member = await freshPage(browser);
  await signIn(member, "member@example.com", "eight red lanterns");
  await signIn(page, owner, password, "/settings/people");
  const decide = async (isAdmin: boolean) => {
    await page.getByRole("button", { name: "Change Max Member" }).click();
    const row = page.getByRole("listitem").filter({ hasText: "Max Member" });
    await row.getByRole("checkbox", { name: "Admin" }).setChecked(isAdmin);
    await row.getByLabel("Servers", { exact: true }).fill("2");
    await row.getByRole("button", { name: "Save" }).click();
    await expect(row.getByText("Admin", { exact: true })).toHaveCount(isAdmin ? 1 : 0);
  };
  await decide(true);
  await member.goto(`${app.url}/settings/people`);
  await expect(member.getByRole("button", { name: "Create link" })).toBeEnabled();
  await expect(member.getByRole("button", { name: "Change Olive Owner" })).toHaveCount(0);
  await member.goto(`${app.url}/settings/connections`);
  await expect(member.getByText("You can look at this, and not change it")).toBeVisible();
  for (const button of await member.getByRole("group").getByRole("button").all()) await expect(button).toBeDisabled();
  await member.goto(`${app.url}/new`);
  await expect(member.getByText("Left of your quotas: 2 servers")).toBeVisible();
  await decide(false);
  await member.goto(`${app.url}/settings/people`);
  await expect(member.getByText("Only the owner and admins can see this")).toBeVisible();
});

test("a removed person is signed out and cannot return", async ({ page, browser }) => {
  const member = await freshPage(browser);
  await signIn(member, "member@example.com", "eight red lanterns");

  await signIn(page, owner, password, "/settings/people");
  await page.getByRole("button", { name: "Remove Max Member" }).click();
  await page.getByRole("button", { name: "Remove person" }).click();
  await expect(page.getByText("Max Member")).toHaveCount(0);

  await member.goto(`${app.url}/settings`);
  await member.waitForURL(/\/sign-in/);
  await trySignIn(member, "member@example.com", "eight red lanterns");
  await expect(member.getByText("E-mail address or password is wrong.")).toBeVisible();
});
