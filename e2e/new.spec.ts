import { join } from "node:path";
import { expect, type Locator, type Page, test } from "playwright/test";
import {
  type FakeRepository,
  type GitHubServer,
  type GitHubServerOptions,
  startGitHubServer,
} from "../lib/analysis/testing/github-server.ts";
import type { DeploymentView } from "../lib/deployments/view.ts";
import { owner, signIn, startTestApp, type TestApp, tab } from "./testing/app.ts";
import { type PackageRegistry, serveAsPackage } from "./testing/registry.ts";

// From what is pasted to a deployment, in a browser: GitHub is a server on loopback, the package comes from npm.
test.describe.configure({ mode: "serial" });

/** A package that names the repository as its own. */
const packageName = "@catwalk-e2e/weather-server";
/** A package of npm that belongs to another repository. */
const foreignPackage = "@modelcontextprotocol/server-everything";
const secret = "s3cret-value-of-this-test";

const readme = `# Weather

An MCP server for the weather.

\`\`\`json
{
  "mcpServers": {
    "weather": {
      "command": "npx",
      "args": ["-y", "${packageName}"],
      "env": {
        "WEATHER_API_KEY": "your-api-key",
        "WEATHER_URL": "https://api.weather.example"
      }
    }
  }
}
\`\`\`
`;

const serverJson = JSON.stringify(
  {
    $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
    name: "io.github.acme/weather",
    title: "Weather",
    description: "Tells the weather.",
    version: "1.0.0",
    packages: [
      {
        registryType: "npm",
        identifier: packageName,
        version: "1.0.0",
        transport: { type: "stdio" },
        environmentVariables: [
          { name: "WEATHER_API_KEY", description: "A key of the weather service.", isRequired: true, isSecret: true },
          { name: "WEATHER_URL", description: "The service's address.", isRequired: true, format: "string" },
          { name: "WEATHER_DAYS", description: "How many days to look ahead.", format: "number" },
          { name: "WEATHER_UNITS", description: "The units.", choices: ["metric", "imperial"], default: "metric" },
        ],
      },
    ],
  },
  null,
  2,
);

const weather: FakeRepository = {
  owner: "acme",
  name: "weather",
  description: "Tells the weather.",
  stars: 1234,
  license: "MIT",
  files: {
    "README.md": readme,
    "server.json": serverJson,
    "package.json": JSON.stringify({ name: packageName, version: "1.0.0", bin: { weather: "index.js" } }),
  },
};

// GitHub has no repository of the package under the name that the package gives, so that this one may be it.
const claiming: FakeRepository = {
  owner: "acme",
  name: "servers",
  files: {
    "README.md": readme.replaceAll(packageName, foreignPackage),
    "server.json": serverJson.replaceAll(packageName, foreignPackage).replaceAll('"1.0.0"', '"2026.8.31"'),
    "package.json": JSON.stringify({ name: foreignPackage, version: "2026.8.31", bin: { weather: "index.js" } }),
  },
};

// A copy under another name keeps the package's name.
const copy: FakeRepository = {
  ...claiming,
  name: "copy",
  files: {
    ...claiming.files,
    "index.js":
      'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nnew McpServer({ name: "weather" });\n',
  },
};

const library: FakeRepository = {
  owner: "acme",
  name: "library",
  files: {
    "README.md": "# Left pad\n\nPads strings.\n",
    "package.json": JSON.stringify({ name: "acme-left-pad-that-nobody-published", version: "1.0.0" }),
  },
};

const hosted: FakeRepository = {
  owner: "acme",
  name: "hosted",
  description: "A hosted MCP server.",
  files: {
    "README.md": `# Hosted\n\nAdd the MCP server to your client:\n\n\`\`\`json\n${JSON.stringify({
      mcpServers: { hosted: { type: "http", url: "https://mcp.hosted.example/mcp" } },
    })}\n\`\`\`\n`,
  },
};

const slow: FakeRepository = { owner: "acme", name: "slow", files: { "README.md": "# Slow\n" } };

const gitHubOptions: GitHubServerOptions = {};
let app: TestApp;
let gitHub: GitHubServer;
let registry: PackageRegistry;

test.beforeAll(async () => {
  registry = await serveAsPackage(join(import.meta.dirname, "fixtures", "weather-server"));
  gitHub = await startGitHubServer([weather, claiming, copy, library, hosted, slow], gitHubOptions);
  app = await startTestApp({
    ...registry.settings,
    GITHUB_API_URL: gitHub.url,
    OWNER_EMAIL: owner.email,
    OWNER_PASSWORD: owner.password,
  });
});

test.afterAll(async () => {
  await app?.remove();
  await gitHub?.close();
  registry?.close();
  expect(gitHub?.problems).toEqual([]);
});

test.beforeEach(({ page }) => signIn(page, app));

function box(page: Page) {
  return page.getByLabel("Repository or package");
}

/** The sentence that a field is described by as its error. */
async function expectError(field: Locator, sentence: string | RegExp): Promise<void> {
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAccessibleDescription(sentence);
}

test("an invalid source is refused at the field without a request", async ({ page }) => {
  await expect(page.getByRole("heading", { name: "From a repository to a connector URL" })).toBeVisible();
  await expect(page.getByRole("link", { name: /npm package|GitHub|PyPI package/ })).toHaveCount(3);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  for (const [pasted, sentence] of [
    ["https://gitlab.com/acme/weather", /not on gitlab\.com/],
    ["http://127.0.0.1:8080/acme", /not on 127\.0\.0\.1/],
    ["https://github.com/acme", /an account, not a repository/],
    ["https://user:pass@github.com/acme/weather", /user name and password out/],
    ["two words", /no spaces/],
    ["ftp://github.com/acme/weather", /not ftp:/],
  ] as const) {
    await box(page).fill(pasted);
    await page.keyboard.press("Enter");
    await expectError(box(page), sentence);
    await expect(box(page)).toBeFocused();
  }
  expect(asked).not.toContain("/api/analyze");
  expect(page.url()).toBe(`${app.url}/`);
});

test("a missing repository is reported at the field", async ({ page }) => {
  await page.goto(`${app.url}/new`);
  await box(page).fill("acme/nothing");
  await page.keyboard.press("Enter");
  await expectError(box(page), /GitHub has no repository acme\/nothing, or it is private/);
  await expect(box(page)).toBeFocused();
});

test("canceling ends the analysis on the server and keeps the pasted source", async ({ page }) => {
  const { promise: hold, resolve: release } = Promise.withResolvers<void>();
  gitHubOptions.hold = hold;
  await page.goto(`${app.url}/new`);
  await box(page).fill("acme/slow");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("list", { name: "Steps of the analysis" })).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("button", { name: "Analyze" })).toBeEnabled();
  await expect(box(page)).toHaveValue("acme/slow");
  expect(page.url()).toBe(`${app.url}/new`);

  // GitHub answers now, but the abandoned analysis stops: the next one completes, and this one requested no file.
  delete gitHubOptions.hold;
  release();
  await box(page).fill("acme/library");
  await page.keyboard.press("Enter");
  await expect(page.getByText("No MCP server was found here")).toBeVisible();
  const asked = gitHub.requests.map((request) => request.url);
  expect(asked).toContain("/repos/acme/slow");
  expect(asked.filter((url) => /acme\/slow\/(git|tarball)/.test(url))).toEqual([]);
});

test("a repository without a server, or with a hosted one only, is reported and cannot be deployed", async ({
  page,
}) => {
  await page.goto(`${app.url}/new?source=acme/library`);
  await expect(page.getByText("No MCP server was found here")).toBeVisible();
  await expect(page.getByRole("button", { name: "Deploy" })).toHaveCount(0);

  await page.goto(`${app.url}/new?source=acme/hosted`);
  await expect(page.getByText("This server is hosted by its vendor")).toBeVisible();
  await expect(page.getByRole("region", { name: "hosted URL" })).toHaveText("https://mcp.hosted.example/mcp");
  await expect(page.getByRole("button", { name: "Deploy" })).toHaveCount(0);

  // A person who knows better names the package; half of it is not enough.
  await page.getByRole("button", { name: "Enter the package yourself" }).click();
  const packageField = page.getByRole("textbox", { name: "Package", exact: true });
  await packageField.fill("not a package");
  await page.getByRole("button", { name: "Deploy" }).click();
  await expectError(packageField, "This is not a valid npm package name.");
  await expectError(page.getByRole("textbox", { name: "Exact version" }), "Enter the exact version.");
});

test("a package of another repository gets nothing from this one, and has to be accepted", async ({ page }) => {
  await page.goto(`${app.url}/new`);
  await box(page).fill("https://github.com/acme/servers");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("definition").first()).toContainText(foreignPackage);
  await expect(page.locator("input[type=password]")).toHaveCount(0);
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await expect(page.getByRole("checkbox", { name: "I have checked this and accept it" })).toBeFocused();
});

test("a copy of another repository leads to the package of its origin", async ({ page }) => {
  await page.goto(`${app.url}/new?source=acme/copy`);
  await expect(page.getByText("This server is not published as a package")).toBeVisible();
  await expect(page.getByText(/comes from another repository/)).toBeVisible();
  await page.getByRole("link", { name: `npm:${foreignPackage}` }).click();
  await expect(page.getByRole("button", { name: "Deploy", exact: true })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole("definition").first()).toContainText(foreignPackage);
});

test("bad inputs are refused at their fields, and good ones become a deployment", async ({ page }) => {
  await page.goto(`${app.url}/new`);
  await box(page).fill("https://github.com/acme/weather");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Weather", exact: true })).toBeVisible();
  await expect(page.getByText("1.2K")).toBeVisible();
  await expect(page.getByRole("definition").first()).toContainText(`${packageName}@1.0.0`);

  // The evidence leads to the line at the analyzed commit.
  const evidence = page.getByRole("link", { name: /^server\.json, line \d+/ }).first();
  const commit = gitHub.sha(weather);
  await expect(evidence).toHaveAttribute(
    "href",
    new RegExp(`^https://github\\.com/acme/weather/blob/${commit}/server\\.json#L\\d+$`),
  );

  const analyzed = page.url();
  await page.reload();
  expect(page.url()).toBe(analyzed);
  await page.getByRole("button", { name: "Deploy" }).click();
  const apiKey = page.locator("input[type=password]");
  await expectError(apiKey, /is required/);

  await page.getByRole("button", { name: "Paste a .env" }).click();
  await page.keyboard.insertText(
    `WEATHER_API_KEY='${secret}'\nexport WEATHER_URL=nowhere\r\nWEATHER_DAYS=many\nOTHER_THING=1\n`,
  );
  await page.getByRole("button", { name: "Fill the fields" }).click();
  await expect(page.getByText("OTHER_THING")).toBeVisible();
  await expect(apiKey).toHaveValue(secret);
  await expect(apiKey).not.toHaveAttribute("aria-invalid");
  const url = page.getByRole("textbox", { name: "Weather URL" });
  const days = page.getByRole("textbox", { name: "Weather days" });
  // A declared type decides, and what a name suggests does not: server.json says that the URL is any string.
  await expect(url).not.toHaveAttribute("aria-invalid");
  await expectError(days, /must be a number/);
  await page.getByRole("button", { name: "Deploy" }).click();
  await expect(days).toBeFocused();
  await url.fill("https://api.weather.example");
  await days.fill("3");
  await page.keyboard.press("Enter");

  await page.waitForURL(/\/deployments\/[0-9a-f-]{36}$/);
  const address = page.url();
  const [kept, html] = await Promise.all([page.evaluate(() => JSON.stringify({ ...localStorage })), page.content()]);
  expect(page.url() + kept + html).not.toContain(secret);
  await page.goto(app.url);
  await expect(page.getByRole("list", { name: "Deployments" }).getByRole("link", { name: "Weather" })).toBeVisible();

  // Stored values can be kept, changed and removed, and a secret never reaches the page.
  await page.goto(address);
  await expect(page.locator("[data-status]").first()).toHaveText("Live", { timeout: 180_000 });
  await tab(page, "Credentials").click();
  await expect(page.getByText(/^Set (just now|\d+ minutes? ago)$/)).toBeVisible();
  await page.getByRole("button", { name: "Replace Weather API key" }).click();
  await expect(apiKey).toHaveValue("");
  await apiKey.fill("half-typed");
  await page.getByRole("button", { name: "Keep the stored value" }).click();
  await expect(url).toHaveValue("https://api.weather.example");
  await url.fill("");
  await page.getByRole("button", { name: "Save and restart" }).click();
  await expectError(url, /is required/);
  await url.fill("https://other.weather.example");
  await days.fill("");
  await page.getByRole("button", { name: "Save and restart" }).click();
  await expect(page.getByText("Saved. The server restarts with the new values.")).toBeVisible();
  const id = new URL(address).pathname.split("/").at(-1);
  const view = await app.api<DeploymentView>("GET", `/api/deployments/${id}`, {
    token: await app.token(),
    expect: 200,
  });
  expect(view.inputs.map(({ key, isSet, value }) => ({ key, isSet, value }))).toEqual([
    { key: "WEATHER_API_KEY", isSet: true, value: null },
    { key: "WEATHER_URL", isSet: true, value: "https://other.weather.example" },
    { key: "WEATHER_DAYS", isSet: false, value: null },
    { key: "WEATHER_UNITS", isSet: false, value: null },
  ]);
});
