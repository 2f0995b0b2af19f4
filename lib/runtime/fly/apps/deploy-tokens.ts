import { z } from "zod";
import { AppError } from "../../../errors/app-error.ts";
import { isDatabaseUnavailable } from "../../../errors/database-unavailable.ts";
import { processWide } from "../../../util/process-wide.ts";
import type { FlyClient } from "../api/client.ts";
import { FlyApi } from "../api/fly-api.ts";
import { FlyError, hasFlyStatus } from "../api/fly-error.ts";
import type { Clock } from "../clock.ts";
import { isPermanent } from "./failures.ts";

/** The encrypted store for the token of a deployment's app. The stored text is JSON of this module. */
export interface MachineTokens {
  load(deploymentId: string): Promise<string | null>;
  save(deploymentId: string, token: string | null): Promise<void>;
}

const LIFETIME_H = 30 * 24;
const RENEW_BEFORE_MS = 10 * 24 * 3_600_000;
/** How long no deploy token is requested again after Fly refused one. */
const REFUSED_FOR_MS = 10 * 60_000;
const MAX_REFUSED_APPS = 2_000;

const keptSchema = z.object({ app: z.string(), token: z.string(), expiresAtMs: z.number() });

export interface DeployTokensOptions {
  client: FlyClient;
  /** The organization's token. */
  orgToken: string;
  store: MachineTokens;
  clock: Clock;
}

/**
 * Deploy tokens: one for each app, valid for that app alone and for 30 days. They limit the organization's token to creating and
 * deleting apps. Where Fly makes no deploy token, the organization's token does the work.
 */
export class DeployTokens {
  readonly #options: DeployTokensOptions;

  constructor(options: DeployTokensOptions) {
    this.#options = options;
  }

  /**
   * Runs work with the app's own token. When Fly refuses the token, runs the work again with a new one, then with the organization's.
   * While the database is away the organization's token is used. The work must therefore be safe to repeat.
   */
  async use<T>(deploymentId: string, app: string, work: (api: FlyApi) => Promise<T>): Promise<T> {
    const { client, orgToken } = this.#options;
    for (const token of [() => this.#loadToken(deploymentId, app), () => this.#createToken(deploymentId, app)]) {
      let own: string | null;
      try {
        own = await token();
      } catch (error) {
        if (isDatabaseUnavailable(error)) break;
        throw error;
      }
      if (own === null) continue;
      try {
        return await work(new FlyApi(client, own));
      } catch (error) {
        if (!hasFlyStatus(error, 401, 403) || isPermanent(error)) throw error;
      }
    }
    return await work(new FlyApi(client, orgToken));
  }

  /** Returns the stored token; null when there is none, or when it soon expires. */
  async #loadToken(deploymentId: string, app: string): Promise<string | null> {
    const { store, clock } = this.#options;
    const text = await store.load(deploymentId).catch((error: unknown) => {
      // A token that no encryption key opens is replaced.
      if (error instanceof AppError) return null;
      throw error;
    });
    const kept = text === null ? null : keptSchema.safeParse(parseJson(text)).data;
    if (!kept || kept.app !== app || kept.expiresAtMs - clock.nowMs() < RENEW_BEFORE_MS) return null;
    return kept.token;
  }

  async #createToken(deploymentId: string, app: string): Promise<string | null> {
    const { client, orgToken, store, clock } = this.#options;
    const without = processWide("fly.without-deploy-token", () => new Map<string, number>());
    const nowMs = clock.nowMs();
    if ((without.get(app) ?? 0) > nowMs) return null;
    without.delete(app);
    const expiresAtMs = nowMs + LIFETIME_H * 3_600_000;
    let token: string;
    try {
      token = await new FlyApi(client, orgToken).createDeployToken(app, `${LIFETIME_H}h`);
    } catch (error) {
      // With a bad token or an unpaid account nothing else works either.
      if (!(error instanceof FlyError) || error.status === 401 || isPermanent(error)) throw error;
      if (without.size >= MAX_REFUSED_APPS) without.clear();
      without.set(app, nowMs + REFUSED_FOR_MS);
      return null;
    }
    await store.save(deploymentId, JSON.stringify({ app, token, expiresAtMs }));
    return token;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
