import type { z } from "zod";
import { isPermanent } from "../apps/failures.ts";
import type { components } from "./api-types.d.ts";
import type { FlyClient, FlyRequest } from "./client.ts";
import { FlyError, hasFlyStatus, isUnsupportedOrMissing } from "./fly-error.ts";
import {
  appSchema,
  appsSchema,
  currentTokenSchema,
  deployTokenSchema,
  eventsSchema,
  type FlyApp,
  type FlyEvent,
  type FlyLease,
  type FlyMachine,
  type FlyTokenInfo,
  ipsSchema,
  leaseSchema,
  machineSchema,
  machinesSchema,
  placementsSchema,
  regionsSchema,
  secretsSchema,
  secretsVersionSchema,
} from "./schemas.ts";

type Schemas = components["schemas"];
/** A machine's configuration as Catwalk sends it. */
export type MachineConfig = Schemas["fly.MachineConfig"];
export type CreateMachine = Schemas["CreateMachineRequest"];
export type UpdateMachine = Schemas["UpdateMachineRequest"];
export type AddressType = "shared_v4" | "v6";

/** A machine of an app. */
export interface MachineId {
  app: string;
  machineId: string;
}

const CREATE_TIMEOUT_MS = 60_000;
const MAX_PAGES = 50;

type Action = Omit<FlyRequest, "token">;

/** The operations of Fly's Machines API that Catwalk uses, under one token. Each throws FlyError. */
export class FlyApi {
  readonly #client: FlyClient;
  readonly #token: string;

  constructor(client: FlyClient, token: string) {
    this.#client = client;
    this.#token = token;
  }

  /** Returns null when the token sees no app of this name. */
  async app(name: string): Promise<FlyApp | null> {
    const action = { action: "get app", object: name, method: "GET", path: appPath(name) } as const;
    return await orNullWhenMissing(this.#read(action, appSchema));
  }

  async apps(org: string): Promise<FlyApp[]> {
    const action = { action: "list apps", object: org, method: "GET", path: "/apps" } as const;
    return (await this.#readPages(action, { org_slug: org }, appsSchema)).flat();
  }

  async createApp({ name, ...rest }: Schemas["CreateAppRequest"] & { name: string }): Promise<void> {
    // Without an app to count for, the rate counts for all creations together.
    const action = { action: "create app", object: "apps", method: "POST", path: "/apps" } as const;
    try {
      await this.#send({ ...action, body: { name, ...rest } });
    } catch (error) {
      // Fly's document and client say `name`, its documentation page `app_name`.
      if (!hasFlyStatus(error, 400, 422) || !/\bapp_name\b/.test(error.message)) throw error;
      await this.#send({ ...action, body: { app_name: name, ...rest } });
    }
  }

  /** Deletes the app with its machines. `force`, which Fly's document lacks, includes running ones. */
  async deleteApp(name: string): Promise<void> {
    const action = { action: "delete app", object: name, method: "DELETE", path: appPath(name) } as const;
    try {
      await this.#send({ ...action, query: { force: "true" } });
    } catch (error) {
      if (!hasFlyStatus(error, 400)) throw error;
      await this.#send(action);
    }
  }

  /** Creates a token for this app alone. @param expiry a duration such as "720h" */
  async createDeployToken(app: string, expiry: string): Promise<string> {
    const path = `${appPath(app)}/deploy_token`;
    const action = { action: "create deploy token", object: app, method: "POST", path, body: { expiry } } as const;
    // A second token that is never used does no harm and expires.
    return (await this.#read({ ...action, isIdempotent: true }, deployTokenSchema)).token;
  }

  /** Returns the kinds of public address that the app has. */
  async addresses(app: string): Promise<Set<AddressType>> {
    const path = `${appPath(app)}/ip_assignments`;
    const { ips } = await this.#read({ action: "list addresses", object: app, method: "GET", path }, ipsSchema);
    const types = new Set<AddressType>();
    for (const { ip, shared } of ips) {
      if (shared) types.add("shared_v4");
      // fdaa::/16 is Fly's private network.
      else if (ip.includes(":") && !ip.startsWith("fdaa:")) types.add("v6");
    }
    return types;
  }

  async assignAddress(app: string, type: AddressType): Promise<void> {
    const path = `${appPath(app)}/ip_assignments`;
    await this.#send({ action: "assign address", object: app, method: "POST", path, body: { type } });
  }

  /** Returns an empty list where Fly does not list secrets. */
  async secretNames(app: string): Promise<string[]> {
    const path = `${appPath(app)}/secrets`;
    const action = { action: "list secrets", object: app, method: "GET", path } as const;
    try {
      return (await this.#read(action, secretsSchema)).secrets.map(({ name }) => name);
    } catch (error) {
      if (isUnsupportedOrMissing(error)) return [];
      throw error;
    }
  }

  /** Sets secrets, and removes those whose value is null. Returns the version for which a machine has to wait, if Fly tells. */
  async setSecrets(app: string, values: Record<string, string | null>): Promise<number | null> {
    const path = `${appPath(app)}/secrets`;
    const action = { action: "set secrets", object: app, method: "POST", path, body: { values } } as const;
    try {
      return await this.#read({ ...action, isIdempotent: true }, secretsVersionSchema);
    } catch (error) {
      if (!isUnsupportedOrMissing(error)) throw error;
      return await this.#setSecretsOneByOne(app, values);
    }
  }

  /** Does the same where Fly has only the operations for a single secret. */
  async #setSecretsOneByOne(app: string, values: Record<string, string | null>): Promise<number | null> {
    let latest: number | null = null;
    for (const [name, value] of Object.entries(values)) {
      const path = `${appPath(app)}/secrets/${encodeURIComponent(name)}`;
      const version =
        value === null
          ? await orNullWhenMissing(
              this.#read({ action: "delete secret", object: app, method: "DELETE", path }, secretsVersionSchema),
            )
          : await this.#read(
              { action: "set secret", object: app, method: "POST", path, body: { value }, isIdempotent: true },
              secretsVersionSchema,
            );
      if (version !== null) latest = Math.max(latest ?? 0, version);
    }
    return latest;
  }

  /** Lists the machines of an app, without destroyed ones. */
  async machines(app: string): Promise<FlyMachine[]> {
    const path = `${appPath(app)}/machines`;
    const action = { action: "list machines", object: app, method: "GET", path } as const;
    const pages = await this.#readPages(action, {}, machinesSchema);
    return pages.flat().filter(({ state }) => state !== "destroyed");
  }

  /** Returns null when the machine is gone. For a while before that Fly returns it in the state `destroyed`. */
  async machine(id: MachineId): Promise<FlyMachine | null> {
    return await orNullWhenMissing(this.#read(machineAction(id, "get machine", "GET"), machineSchema));
  }

  /** Creates a machine. Never retried: after an ambiguous failure the machine may exist. */
  async createMachine(app: string, body: CreateMachine): Promise<FlyMachine> {
    const path = `${appPath(app)}/machines`;
    const action = { action: "create machine", object: app, method: "POST", path, body } as const;
    return await this.#read({ ...action, timeoutMs: CREATE_TIMEOUT_MS }, machineSchema);
  }

  /** Replaces the whole configuration. Never retried: `current_version` makes a second request fail with 409. */
  async updateMachine(id: MachineId, body: UpdateMachine, nonce: string): Promise<FlyMachine> {
    const action = { ...machineAction(id, "update machine", "POST"), body, headers: leaseHeaders(nonce) };
    return await this.#read({ ...action, timeoutMs: CREATE_TIMEOUT_MS }, machineSchema);
  }

  async startMachine(id: MachineId): Promise<void> {
    await this.#send({ ...machineAction(id, "start machine", "POST", "/start"), isIdempotent: true });
  }

  /** Orders the stop. The machine is still stopping when this resolves. */
  async stopMachine(id: MachineId, nonce: string): Promise<void> {
    // Without a body Fly answers 400.
    const action = machineAction(id, "stop machine", "POST", "/stop");
    await this.#send({ ...action, body: {}, headers: leaseHeaders(nonce), isIdempotent: true });
  }

  /** Destroys a machine, running or not. A machine that is gone is not an error. */
  async destroyMachine(id: MachineId): Promise<void> {
    const action = { ...machineAction(id, "delete machine", "DELETE"), query: { force: "true" } };
    await orNullWhenMissing(this.#send(action));
  }

  /**
   * Waits until the machine is in one of these states.
   *
   * @param timeoutS at most 60
   * @returns whether it reached one in time; false too where Fly cannot wait: probe the machine instead
   */
  async waitFor(id: MachineId, states: string, timeoutS: number): Promise<boolean> {
    const query = { state: states, timeout: String(Math.max(1, Math.min(60, Math.ceil(timeoutS)))) };
    const action = { ...machineAction(id, "wait machine", "GET", "/wait"), query, isLongPoll: true };
    try {
      await this.#send({ ...action, timeoutMs: (timeoutS + 10) * 1_000 });
      return true;
    } catch (error) {
      if (!(error instanceof FlyError) || hasFlyStatus(error, 401, 403) || isPermanent(error)) throw error;
      return false;
    }
  }

  /** Lists a machine's events, newest first. */
  async events(id: MachineId): Promise<FlyEvent[]> {
    const action = { ...machineAction(id, "list events", "GET", "/events"), query: { limit: "50" } };
    return await this.#read(action, eventsSchema);
  }

  /** Acquires a machine's lease. Never retried: Fly may have granted the first. */
  async acquireLease(id: MachineId, description: string, ttlS: number): Promise<FlyLease> {
    const body = { description, ttl: ttlS };
    return await this.#read({ ...machineAction(id, "create lease", "POST", "/lease"), body }, leaseSchema);
  }

  /** Returns the current lease, or null. */
  async lease(id: MachineId): Promise<FlyLease | null> {
    return await orNullWhenMissing(this.#read(machineAction(id, "get lease", "GET", "/lease"), leaseSchema));
  }

  async releaseLease(id: MachineId, nonce: string): Promise<void> {
    await orNullWhenMissing(
      this.#send({ ...machineAction(id, "release lease", "DELETE", "/lease"), headers: leaseHeaders(nonce) }),
    );
  }

  /** Returns the token's owner, organizations and apps, one entry for each macaroon. */
  async currentToken(): Promise<FlyTokenInfo[]> {
    const action = { action: "get token", object: "token", method: "GET", path: "/tokens/current" } as const;
    return (await this.#read(action, currentTokenSchema)).tokens;
  }

  /** Lists the regions in which machines can be created. */
  async regions(): Promise<{ code: string; name: string }[]> {
    const action = { action: "list regions", object: "platform", method: "GET", path: "/platform/regions" } as const;
    const { regions } = await this.#read(action, regionsSchema);
    return regions.filter(({ deprecated }) => !deprecated).map(({ code, name }) => ({ code, name }));
  }

  /** Lists the regions with capacity for a machine of this size now. Reserves nothing. */
  async regionsWithCapacity(org: string, compute: MachineConfig["guest"]): Promise<string[]> {
    const body = {
      org_slug: org,
      region: "any",
      ...(compute && { compute }),
    } satisfies Schemas["main.getPlacementsRequest"];
    const action = { action: "get placements", object: org, method: "POST", path: "/platform/placements" } as const;
    const { regions } = await this.#read({ ...action, body, isIdempotent: true }, placementsSchema);
    return regions.flatMap(({ region, count }) => (count > 0 ? [region] : []));
  }

  async #send(action: Action) {
    return await this.#client.send({ ...action, token: this.#token });
  }

  async #read<T>(action: Action, schema: z.ZodType<T>): Promise<T> {
    return parse((await this.#send(action)).body, schema, action);
  }

  /** Reads a list page by page, for as long as Fly names a next one. */
  async #readPages<T>(action: Action, query: Record<string, string>, schema: z.ZodType<T>): Promise<T[]> {
    const pages: T[] = [];
    let cursor: string | null = null;
    do {
      const asked: Action = { ...action, query: { ...query, ...(cursor !== null && { cursor }) } };
      const { body, headers } = await this.#send(asked);
      pages.push(parse(body, schema, action));
      cursor = headers.get("fly-next-cursor") || null;
    } while (cursor !== null && pages.length < MAX_PAGES);
    return pages;
  }
}

function appPath(name: string): string {
  return `/apps/${encodeURIComponent(name)}`;
}

function machineAction<M extends Action["method"]>(
  { app, machineId }: MachineId,
  action: string,
  method: M,
  below = "",
) {
  return {
    action,
    object: machineId,
    method,
    path: `${appPath(app)}/machines/${encodeURIComponent(machineId)}${below}`,
  };
}

/** @param nonce empty where there are no leases */
function leaseHeaders(nonce: string): Record<string, string> {
  return nonce === "" ? {} : { "fly-machine-lease-nonce": nonce };
}

async function orNullWhenMissing<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (hasFlyStatus(error, 404)) return null;
    throw error;
  }
}

function parse<T>(body: unknown, schema: z.ZodType<T>, { method, path }: Action): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join(".")).filter((field) => field !== "");
  // Status 0: Fly did something, and its answer does not say what.
  throw new FlyError(`Fly's answer is not as expected${fields.length > 0 ? ` (${fields.join(", ")})` : ""}`, {
    status: 0,
    code: "shape",
    requestId: null,
    request: `${method} /v1${path}`,
    retryAfterMs: null,
  });
}
