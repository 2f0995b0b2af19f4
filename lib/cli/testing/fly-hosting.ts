import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import type { TestContext } from "node:test";
import { startFlySimulator } from "../../../fly-simulator/src/simulator.ts";
import type { FlySimulator } from "../../../fly-simulator/src/simulator-types.ts";
import { createApiToken } from "../../auth/api-tokens.ts";
import { db } from "../../db/client.ts";
import { startFixtureRegistry } from "../../deployments/testing/registry.ts";
import { createTestSettings, createTestUser } from "../../deployments/testing/settings.ts";
import { type RunningApp, startApp, temporaryDataFolder } from "./app.ts";

/** A PostgreSQL, a Fly and an account for apps that share them. */
export interface FlyHosting {
  fly: FlySimulator;
  userId: string;
  /** What every instance is started with. */
  settings: Record<string, string>;
  /** Starts one more instance; it ends with the test. */
  startInstance(context: TestContext, extra?: Record<string, string>): Promise<RunningApp>;
  /** Asks an instance's API. */
  ask(app: RunningApp, method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
}

/** Sets the settings of this process, too: a test may look at the database, or put something there. */
export async function createFlyHosting(): Promise<FlyHosting> {
  const registry = await startFixtureRegistry();
  const own = await createTestSettings();
  const fly = await startFlySimulator({
    timeScale: 0.02,
    autostopEveryMs: "never",
    hostEnv: { ...process.env, ...registry.env },
  });
  const { NEXTAUTH_URL: _url, CATWALK_DATA_DIR: _folder, ...shared } = own.env;
  const settings = { ...shared, ...fly.env, CRON_SECRET: randomBytes(16).toString("hex") };
  Object.assign(process.env, own.env, settings);
  const userId = await createTestUser();
  const { token } = await createApiToken(userId, "test");
  return {
    fly,
    userId,
    settings,
    async startInstance(context, extra = {}) {
      const dataFolder = await temporaryDataFolder();
      const app = await startApp({ dataFolder, settings: { ...settings, ...extra } });
      context.after(async () => {
        await app.stop();
        await rm(dataFolder, { recursive: true, force: true });
      });
      return app;
    },
    async ask(app, method, path, body) {
      const response = await fetch(`${app.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? null : JSON.parse(text) };
    },
    async close() {
      await db().$disconnect();
      await fly.stop();
      await own.remove();
      await registry.close();
    },
  };
}

/** A session of an MCP client (2025-11-25) that asks whichever instance it is told to. */
export class McpTestClient {
  readonly #path: string;
  readonly #key: string;
  #session: string | null = null;
  #lastId = 0;

  constructor(deploymentId: string, key: string) {
    this.#path = `/api/mcp/${deploymentId}`;
    this.#key = key;
  }

  /** @returns the HTTP status and, of an answer, its result or error */
  async request(
    base: string,
    method: string,
    params: Record<string, unknown> = {},
  ): Promise<{ status: number; result?: unknown; error?: unknown }> {
    const response = await this.#post(base, { jsonrpc: "2.0", id: ++this.#lastId, method, params });
    this.#session ??= response.headers.get("mcp-session-id");
    const text = await response.text();
    const message = JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? (text || "{}"));
    return { status: response.status, result: message.result, error: message.error };
  }

  async open(base: string): Promise<void> {
    const clientInfo = { name: "test", version: "1" };
    const { status } = await this.request(base, "initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo,
    });
    if (status !== 200) throw new Error(`initialize was answered with ${status}`);
    await (await this.#post(base, { jsonrpc: "2.0", method: "notifications/initialized" })).text();
  }

  #post(base: string, message: object): Promise<Response> {
    return fetch(`${base}${this.#path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${this.#key}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...(this.#session !== null && { "mcp-session-id": this.#session }),
      },
      body: JSON.stringify(message),
    });
  }
}
