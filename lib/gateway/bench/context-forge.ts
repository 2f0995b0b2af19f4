import { execFile, spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { type PeerProgram, SERVER_COMMAND } from "./peer-program.ts";
import { endTree } from "./processes.ts";
import { freePort } from "./subjects.ts";

const run = promisify(execFile);
const READY_WITHIN_MS = 90_000;
const EMAIL = "bench@example.com";
const SECRET = "a-secret-of-the-benchmark-that-is-long-enough-for-it";

const toolsSchema = z.array(z.looseObject({ id: z.string(), name: z.string() }));
const idSchema = z.looseObject({ id: z.string() });

/** Prepares ContextForge, whose servers are reached over HTTP: its own bridge runs the stdio server, and a virtual server offers the tool. */
export async function prepareContextForge(folder: string, port: number): Promise<PeerProgram> {
  const python = join(folder, "venv/bin/python");
  const database = join(folder, "bench.db");
  await rm(database, { force: true });
  const url = `http://127.0.0.1:${port}`;
  const env = {
    DATABASE_URL: `sqlite:///${database}`,
    JWT_SECRET_KEY: SECRET,
    AUTH_ENCRYPTION_SECRET: SECRET,
    PLATFORM_ADMIN_EMAIL: EMAIL,
    PLATFORM_ADMIN_PASSWORD: "A-password-4-the-benchmark!",
    BASIC_AUTH_PASSWORD: "A-password-4-the-benchmark!",
    MCPGATEWAY_UI_ENABLED: "false",
    SSRF_ALLOW_LOCALHOST: "true",
    SSRF_ALLOW_PRIVATE_NETWORKS: "true",
    TOOL_RATE_LIMIT: "1000000",
    LOG_LEVEL: "ERROR",
  };
  return {
    command: join(folder, "venv/bin/mcpgateway"),
    args: ["--host", "127.0.0.1", "--port", String(port)],
    env,
    target: { url: `${url}/mcp`, headers: {} },
    async configure() {
      const bridgePort = await freePort();
      const bridge = spawn(
        python,
        [
          ...["-m", "mcpgateway.translate", "--stdio", SERVER_COMMAND.join(" ")],
          ...["--expose-streamable-http", "--host", "127.0.0.1", "--port", String(bridgePort)],
        ],
        { cwd: folder, env: { ...process.env, ...env }, stdio: ["pipe", "ignore", "ignore"] },
      );
      try {
        const token = await createToken(python, env);
        const api = async <T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown): Promise<T> => {
          const response = await fetch(url + path, {
            method,
            headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
            ...(body !== undefined && { body: JSON.stringify(body) }),
          });
          const text = await response.text();
          if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text.slice(0, 150)}`);
          return schema.parse(JSON.parse(text));
        };
        const upstream = { name: "everything", url: `http://127.0.0.1:${bridgePort}/mcp`, transport: "STREAMABLEHTTP" };
        await retry(() => api(z.looseObject({}), "POST", "/gateways", upstream));
        const tool = (await api(toolsSchema, "GET", "/tools")).find(({ name }) => name.endsWith("echo"));
        if (tool === undefined) throw new Error("it does not offer the server's tool");
        const server = { name: "bench", associated_tools: [tool.id] };
        const { id } = await api(idSchema, "POST", "/servers", { server });
        return {
          target: { url: `${url}/servers/${id}/mcp`, headers: { authorization: `Bearer ${token}` }, tool: tool.name },
          stop: () => endTree(bridge),
        };
      } catch (error) {
        await endTree(bridge);
        throw error;
      }
    },
  };
}

async function createToken(python: string, env: Record<string, string>): Promise<string> {
  const args = ["-m", "mcpgateway.utils.create_jwt_token", "--username", EMAIL, "--exp", "600", "--secret", SECRET];
  const { stdout } = await run(python, args, { env: { ...process.env, ...env } });
  return stdout.trim().split("\n").at(-1) ?? "";
}

/** Tries again until both programs listen. */
async function retry<T>(work: () => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + READY_WITHIN_MS; ; await delay(500)) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}
