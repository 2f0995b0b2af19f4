import { gzipSync } from "node:zlib";
import { type Browser, type CDPSession, chromium, type Page } from "playwright";
import { chromiumPath } from "../../../e2e/testing/browser.ts";
import { signInOverHttp } from "../../cli/testing/sign-in.ts";
import { formatTable, formatTargets, median, type Target } from "./report.ts";
import { type DeployingApp, OWNER, startDeployingApp } from "./subjects.ts";

const KB = 1_024;
const SLOWDOWN = 4;
const MAX_LCP_MS = 1_500;
const MAX_STEPS = 2;
const LIST_BUDGET_KB = 130;
const BUDGET_KB = 180;
/** After the load event, for requests that scripts make. */
const SETTLE_MS = 1_000;

interface PageResult {
  path: string;
  scriptKb: number;
  lcpMs: number;
  /** Requests after each other, the page's own not counted, of what is loaded for the first view. */
  steps: number;
}

/** What Chromium says of a request before it is sent (DevTools protocol, Network.requestWillBeSent). */
interface SentRequest {
  type?: string | undefined;
  request: { url: string };
  initiator: { type: string; url?: string; stack?: { callFrames: { url: string }[] } };
}

/**
 * Measures the first view of each page on a production build, with a processor that is four times slower. Returns Markdown: JavaScript,
 * largest contentful paint and the longest chain of requests of each page, and which targets were met.
 */
export async function measurePages(rounds: number): Promise<string> {
  let browser: Browser | null = null;
  const app = await startDeployingApp();
  try {
    console.error("a deployment …");
    const { url } = await app.deploy();
    const id = url.split("/").at(-1) ?? "";
    browser = await chromium.launch({
      executablePath: await chromiumPath(),
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    });
    const results: PageResult[] = [];
    for (const path of listPaths(id)) {
      console.error(`${path} …`);
      results.push(await measurePage(browser, app, path, rounds));
    }
    const rows = results.map(({ path, scriptKb, lcpMs, steps }) => [
      path.replace(id, "ID"),
      `${scriptKb.toFixed(0)} KB`,
      `${lcpMs.toFixed(0)} ms`,
      String(steps),
    ]);
    const head = ["page", "JavaScript, gzipped", "largest contentful paint", "requests after each other"];
    return [formatTable(head, rows), formatTargets(listTargets(results))].join("\n\n");
  } finally {
    await browser?.close();
    await app.stop();
  }
}

function listPaths(id: string): string[] {
  const tabs = ["connect", "tools", "logs", "calls", "keys", "credentials", "settings"];
  return ["/sign-in", "/", "/new", ...tabs.map((tab) => `/deployments/${id}?tab=${tab}`), "/settings"];
}

async function measurePage(browser: Browser, app: DeployingApp, path: string, rounds: number): Promise<PageResult> {
  const seen: Omit<PageResult, "path">[] = [];
  for (let round = 0; round < rounds; round++) {
    // A new context has nothing cached.
    const context = await browser.newContext({
      extraHTTPHeaders: path === "/sign-in" ? {} : { cookie: await signInOverHttp(app.url, OWNER) },
    });
    try {
      seen.push(await openPage(await context.newPage(), app.url + path));
    } finally {
      await context.close();
    }
  }
  return {
    path,
    scriptKb: Math.max(...seen.map(({ scriptKb }) => scriptKb)),
    lcpMs: median(seen.map(({ lcpMs }) => lcpMs)),
    steps: Math.max(...seen.map(({ steps }) => steps)),
  };
}

async function openPage(page: Page, url: string): Promise<Omit<PageResult, "path">> {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
  const requests = recordRequests(session);
  let scriptBytes = 0;
  const reading: Promise<void>[] = [];
  page.on("response", (response) => {
    if (!/\/_next\/static\/.*\.js$/.test(new URL(response.url()).pathname)) return;
    const read = async () => {
      const body = await response.body();
      // Not in one statement with the await: the sum of that moment would overwrite what others have added meanwhile.
      scriptBytes += gzipSync(body).length;
    };
    reading.push(read());
  });
  await page.goto(url, { waitUntil: "load" });
  await page.waitForTimeout(SETTLE_MS);
  const lcpMs = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? Number.NaN)).observe({
          type: "largest-contentful-paint",
          buffered: true,
        });
      }),
  );
  await Promise.all(reading);
  return { scriptKb: scriptBytes / KB, lcpMs, steps: countSteps(url, requests) };
}

function recordRequests(session: CDPSession): SentRequest[] {
  const requests: SentRequest[] = [];
  session.on("Network.requestWillBeSent", (sent: SentRequest) => void requests.push(sent));
  return requests;
}

/** Returns the length of the longest chain of requests in which each was caused by the one before. Links that Next prefetches do not count. */
function countSteps(pageUrl: string, requests: readonly SentRequest[]): number {
  const steps = new Map<string, number>([[pageUrl, 0]]);
  let longest = 0;
  for (const { request, initiator } of requests) {
    if (request.url === pageUrl || request.url.startsWith("data:") || /[?&]_rsc=/.test(request.url)) continue;
    const causes = [initiator.url, ...(initiator.stack?.callFrames ?? []).map(({ url }) => url)];
    const before = causes.map((url) => steps.get(url ?? "")).filter((step) => step !== undefined);
    const step = Math.max(0, ...before) + 1;
    if (!steps.has(request.url)) steps.set(request.url, step);
    longest = Math.max(longest, step);
  }
  return longest;
}

function listTargets(results: readonly PageResult[]): Target[] {
  const list = results.find(({ path }) => path === "/");
  const others = results.filter(({ path }) => path !== "/");
  const most = (of: (result: PageResult) => number, among: readonly PageResult[]) => Math.max(...among.map(of));
  const target = (name: string, bound: number, measured: number, unit: string) => ({
    name,
    bound: `${bound}${unit}`,
    measured: `${measured.toFixed(0)}${unit}`,
    isMet: measured <= bound,
  });
  return [
    ...(list === undefined ? [] : [target("JavaScript of the list", LIST_BUDGET_KB, list.scriptKb, " KB")]),
    target(
      "JavaScript of every other page",
      BUDGET_KB,
      most(({ scriptKb }) => scriptKb, others),
      " KB",
    ),
    target(
      "largest contentful paint",
      MAX_LCP_MS,
      most(({ lcpMs }) => lcpMs, results),
      " ms",
    ),
    target(
      "requests after each other",
      MAX_STEPS,
      most(({ steps }) => steps, results),
      "",
    ),
  ];
}
