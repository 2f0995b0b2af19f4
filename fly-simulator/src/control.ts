import type { IncomingMessage, ServerResponse } from "node:http";
import { ZodError, z } from "zod";
import { readBody } from "./read-body.ts";
import type { FlySimulator } from "./simulator-types.ts";
import { ApiError } from "./types.ts";

const MAX_BODY_BYTES = 64 * 1024;

const MACHINE_TARGET = z.strictObject({ app: z.string(), machine: z.string() });

/** The commands of POST /_simulator/NAME with a JSON body. */
const COMMANDS: Record<string, (simulator: FlySimulator, body: unknown) => unknown> = {
  // `inject` checks the fault's shape.
  inject: (simulator, body) => simulator.inject(body as Parameters<FlySimulator["inject"]>[0]),
  "clear-faults": (simulator) => simulator.clearFaults(),
  crash: (simulator, body) => {
    const { app, machine } = MACHINE_TARGET.parse(body);
    simulator.crash(app, machine);
  },
  oom: (simulator, body) => {
    const { app, machine } = MACHINE_TARGET.parse(body);
    simulator.oom(app, machine);
  },
  "lose-snapshot": (simulator, body) => {
    const { app, machine } = MACHINE_TARGET.parse(body);
    return simulator.loseSnapshot(app, machine);
  },
  "destroy-machine": (simulator, body) => {
    const { app, machine } = MACHINE_TARGET.parse(body);
    return simulator.destroyMachine(app, machine);
  },
  "change-machine": (simulator, body) => {
    const { app, machine, config } = MACHINE_TARGET.extend({ config: z.record(z.string(), z.unknown()) }).parse(body);
    simulator.changeMachine(app, machine, (current) => ({ ...current, ...config }));
  },
  "destroy-app": (simulator, body) => simulator.destroyApp(z.strictObject({ app: z.string() }).parse(body).app),
  "take-name": (simulator, body) => simulator.takeName(z.strictObject({ app: z.string() }).parse(body).app),
  autostop: (simulator) => simulator.autostopNow(),
  "region-full": (simulator, body) => {
    const { region, full } = z.strictObject({ region: z.string(), full: z.boolean() }).parse(body);
    simulator.setRegionFull(region, full);
  },
  "make-token": (simulator, body) => {
    const scope = z
      .strictObject({ app: z.string().optional(), org: z.string().optional(), expiry: z.string().optional() })
      .parse(body);
    return {
      token: simulator.makeToken({
        ...(scope.app !== undefined && { app: scope.app }),
        ...(scope.org !== undefined && { org: scope.org }),
        ...(scope.expiry !== undefined && { expiry: scope.expiry }),
      }),
    };
  },
  "revoke-token": (simulator, body) => simulator.revokeToken(z.strictObject({ token: z.string() }).parse(body).token),
};

/** Command names, for the help text. */
export const CONTROL_COMMANDS: readonly string[] = Object.keys(COMMANDS);

/** Answers GET /_simulator with the whole state, and POST /_simulator/COMMAND. Never rejects. */
export async function answerControl(
  simulator: FlySimulator,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const send = (status: number, body: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body, null, 2)}\n`);
  // DNS rebinding: reject a Host that is not loopback.
  if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(request.headers.host ?? ""))
    return void send(403, { error: "not from here" });
  try {
    if (request.method === "GET" && /^\/_simulator\/?$/.test(url.pathname))
      return void send(200, buildState(simulator));
    const command = COMMANDS[url.pathname.slice("/_simulator/".length)];
    if (!command || request.method !== "POST")
      return void send(404, { error: `commands: ${CONTROL_COMMANDS.join(", ")}` });
    // CSRF: a foreign page can reach loopback, but cannot send this type without a preflight.
    if (request.headers["content-type"] !== "application/json")
      return void send(415, { error: "send application/json" });
    const text = await readBody(request, MAX_BODY_BYTES);
    send(200, (await command(simulator, text === "" ? {} : JSON.parse(text))) ?? { ok: true });
  } catch (error) {
    const isTheirs = error instanceof ZodError || error instanceof SyntaxError || error instanceof ApiError;
    send(isTheirs ? 400 : 500, { error: error instanceof Error ? error.message : String(error) });
  }
}

function buildState(simulator: FlySimulator): unknown {
  return {
    apps: simulator.apps().map((app) => ({ ...app, machines: simulator.machines(app.name) })),
    violations: simulator.violations,
    // Request bodies hold secrets.
    requests: simulator.requests.map(({ body: _body, ...request }) => request),
    publicRequests: simulator.publicRequests,
  };
}
