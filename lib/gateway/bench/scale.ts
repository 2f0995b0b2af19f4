import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { hashPassword } from "../../auth/password.ts";
import { temporaryDataFolder } from "../../cli/testing/app.ts";
import { signInOverHttp } from "../../cli/testing/sign-in.ts";
import { migrateWhenReachable } from "../../db/connect.ts";
import { startEmbeddedPostgres } from "../../db/embedded/embedded.ts";
import { type SeedSizes, seedDatabase, seededDeploymentId, seededEmail } from "../../db/testing/seed.ts";
import { load } from "./load.ts";
import { processorMs, processTree } from "./processes.ts";
import { formatTargets, median, quantile, type Target } from "./report.ts";
import { type DeployingApp, PASSWORD, startDeployingApp } from "./subjects.ts";

const REQUESTS = 40;
const WARM_UP_REQUESTS = 10;
const GATEWAY_ROUNDS = 5;
const GATEWAY_TIMES = { warmUpMs: 500, measureMs: 2_000 };
/** After a start the app looks once at everything that it has. */
const SETTLE_MS = 20_000;
const MIGRATE_WITHIN_MS = 30_000;

export interface ScaleOptions extends SeedSizes {
  /** A data folder that stays, seeded at the first use; a new one that is removed when absent. */
  dataFolder?: string;
  idleSeconds: number;
}

/** Creates a data folder whose database has many deployments. What it is doing goes to standard error. */
export async function seedDataFolder(dataFolder: string, sizes: SeedSizes): Promise<void> {
  const say = (line: string) => console.error(line);
  const postgres = await startEmbeddedPostgres(dataFolder, { say });
  const client = new pg.Client(postgres.url);
  try {
    await migrateWhenReachable(postgres.url, "prisma/migrations", { withinMs: MIGRATE_WITHIN_MS, say });
    await client.connect();
    const { rowCount } = await client.query("select 1 from deployments limit 1");
    if (rowCount) say(`${dataFolder} is seeded already`);
    else await seedDatabase(client, sizes, { say, passwordHash: await hashPassword(PASSWORD) });
  } finally {
    await client.end().catch(() => {});
    await postgres.stop();
  }
}

/**
 * Measures a Catwalk with many deployments beside one with a single deployment. Returns a Markdown table of the targets.
 *
 * @throws Error when an answer is not what it should be
 */
export async function measureScale(options: ScaleOptions): Promise<string> {
  const dataFolder = options.dataFolder ?? (await temporaryDataFolder());
  let few: DeployingApp | null = null;
  let many: DeployingApp | null = null;
  try {
    await seedDataFolder(dataFolder, options);
    // The first start may build the pages, so the measured one is the second.
    console.error("a Catwalk with one deployment …");
    few = await startDeployingApp();
    console.error("a Catwalk with many deployments …");
    const startedAt = performance.now();
    many = await startDeployingApp({ dataFolder, email: seededEmail(1) });
    const startMs = performance.now() - startedAt;
    const targets = [
      toTarget("start, from the command to the line that it runs", 6_000, startMs, "ms"),
      ...(await measurePages(many)),
      await measureGateway(few, many),
    ];
    await few.stop();
    few = null;
    console.error(`idle for ${options.idleSeconds} s …`);
    await delay(SETTLE_MS);
    return formatTargets([...targets, ...(await measureIdle(many, options.idleSeconds))]);
  } finally {
    await few?.stop();
    await many?.stop();
    if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Answers of the API and of pages to a person with a hundredth of all deployments, at the 95th percentile. */
async function measurePages(app: DeployingApp): Promise<Target[]> {
  console.error("lists and pages …");
  const headers = { authorization: `Bearer ${await app.token()}` };
  const cookie = await signInOverHttp(app.url, { email: seededEmail(2), password: PASSWORD });
  const timed = async (path: string, sent: Record<string, string>) => {
    const tookMs: number[] = [];
    let bytes = 0;
    for (let n = -WARM_UP_REQUESTS; n < REQUESTS; n++) {
      const startedAt = performance.now();
      const response = await fetch(app.url + path, { headers: sent, redirect: "manual" });
      const body = await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`${path} was answered ${response.status}`);
      if (n >= 0) tookMs.push(performance.now() - startedAt);
      bytes = body.byteLength;
    }
    return { p95Ms: quantile(tookMs, 0.95), bytes };
  };
  const list = await timed("/api/deployments", headers);
  const search = await timed("/api/deployments?q=server-4", headers);
  const page = await timed("/", { cookie });
  const deployment = await timed(`/deployments/${seededDeploymentId(1)}`, { cookie });
  return [
    toTarget("GET /api/deployments, p95", 50, list.p95Ms, "ms"),
    toTarget("GET /api/deployments?q=, p95", 50, search.p95Ms, "ms"),
    toTarget("the list as a page", 150, page.bytes / 1_024, "KB"),
    toTarget("the list as a page, p95", 100, page.p95Ms, "ms"),
    toTarget("a deployment's page, p95", 100, deployment.p95Ms, "ms"),
  ];
}

/** Both take turns, so that whatever else the machine does meets both. */
async function measureGateway(few: DeployingApp, many: DeployingApp): Promise<Target> {
  console.error("calls through the gateway …");
  const subjects = [
    { target: await few.deploy(), p50Ms: [] as number[] },
    { target: await many.deploy(), p50Ms: [] as number[] },
  ] as const;
  for (let round = 0; round < GATEWAY_ROUNDS; round++) {
    for (const { target, p50Ms } of subjects) p50Ms.push((await load(target, 1, GATEWAY_TIMES)).p50Ms);
  }
  const [one, all] = subjects.map(({ p50Ms }) => median(p50Ms));
  const more = ((all ?? Number.NaN) / (one ?? Number.NaN) - 1) * 100;
  return {
    name: "a call through the gateway, p50, against one deployment",
    bound: "5 % more",
    measured: `${more.toFixed(1)} % more (${one?.toFixed(2)} and ${all?.toFixed(2)} ms)`,
    isMet: more <= 5,
  };
}

async function measureIdle(app: DeployingApp, seconds: number): Promise<Target[]> {
  const { pid = 0 } = app;
  const tree = await processTree(pid);
  const postgres = tree.filter(({ command }) => command.includes("postgres")).map((process) => process.pid);
  const before = [await processorMs([pid]), await processorMs(postgres)] as const;
  await delay(seconds * 1_000);
  const after = [await processorMs([pid]), await processorMs(postgres)] as const;
  const share = (at: 0 | 1) => ((after[at] - before[at]) / (seconds * 1_000)) * 100;
  return [
    toTarget("processor time of the idle app", 1, share(0), "%"),
    toTarget("processor time of PostgreSQL meanwhile", 1, share(1), "%"),
  ];
}

function toTarget(name: string, bound: number, measured: number, unit: string): Target {
  const digits = unit === "%" ? 2 : 0;
  return { name, bound: `${bound} ${unit}`, measured: `${measured.toFixed(digits)} ${unit}`, isMet: measured <= bound };
}
