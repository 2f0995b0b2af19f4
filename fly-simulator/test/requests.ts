import { setTimeout as delay } from "node:timers/promises";
import type { FlySimulator, SimulatedMachine } from "../src/simulator-types.ts";

/** Bearer token of mcp-host on the machines of these tests. */
export const hostToken = "t".repeat(43);

export interface Reply {
  status: number;
  body: Record<string, unknown>;
  requestId: string | null;
}

export interface CallOptions {
  /** Sent as JSON. */
  json?: unknown;
  headers?: Record<string, string>;
  token?: string | null;
  /** A refusal for the rate is given back; without it the request waits and is made again. */
  once?: boolean;
}

/** A request of the API as a client that respects the rates makes it. */
export async function call(
  simulator: FlySimulator,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Reply> {
  for (;;) {
    const token = options.token === undefined ? simulator.token : options.token;
    const response = await fetch(`${simulator.url}/v1${path}`, {
      method,
      headers: {
        ...(token !== null && { authorization: token }),
        ...(options.json !== undefined && { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(options.json !== undefined && { body: JSON.stringify(options.json) }),
    });
    const text = await response.text();
    if (response.status === 429 && !options.once) {
      await delay(1_000);
      continue;
    }
    const parsed: unknown = text.startsWith("{") ? JSON.parse(text) : { list: text === "" ? null : JSON.parse(text) };
    return {
      status: response.status,
      body: parsed as Reply["body"],
      requestId: response.headers.get("fly-request-id"),
    };
  }
}

/** A config of which mcp-host runs and answers, with a package that no registry is asked for in vain for long. */
export function hostConfig(simulator: FlySimulator, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    image: simulator.image,
    env: { MCP_PACKAGE: "npm:nothing@1.0.0", MCP_INSTALL_DIR: "/data/install", MCP_SERVER_HOME: "/data/home" },
    services: [
      {
        protocol: "tcp",
        internal_port: 8080,
        autostart: true,
        autostop: "suspend",
        ports: [{ port: 443, handlers: ["tls", "http"] }],
      },
    ],
    rootfs: { persist: "always" },
    ...more,
  };
}

/** An app with an address, a token for mcp-host, and a machine. */
export async function makeMachine(
  simulator: FlySimulator,
  app: string,
  config: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Promise<SimulatedMachine> {
  await call(simulator, "POST", "/apps", { json: { name: app, org_slug: simulator.org, network: app } });
  await call(simulator, "POST", `/apps/${app}/ip_assignments`, { json: { type: "shared_v4" } });
  await call(simulator, "POST", `/apps/${app}/secrets`, { json: { values: { MCP_HOST_TOKEN: hostToken } } });
  const made = await call(simulator, "POST", `/apps/${app}/machines`, { json: { config, ...more } });
  if (made.status !== 200) throw new Error(`the machine was not made: ${JSON.stringify(made.body)}`);
  return simulator.until(app, String(made.body.id), ["started", "stopped"]);
}

/** The status of mcp-host's answer at the app's public address. */
export async function ask(simulator: FlySimulator, app: string, path = "/status"): Promise<Response> {
  const url = simulator.publicUrlTemplate.replace("{app}", app);
  return fetch(url + path, { headers: { authorization: `Bearer ${hostToken}` } });
}
