import { createHmac, randomBytes } from "node:crypto";
import Provider, { type Configuration, errors, interactionPolicy, type KoaContextWithOIDC } from "oidc-provider";
import { env } from "../env/env.ts";
import { processWide } from "../util/process-wide.ts";
import { createAdapter } from "./adapter.ts";
import { sharedClientId, tidyRegistration } from "./clients/registrations.ts";
import { describeProblem } from "./error-page.ts";
import { issuer, SCOPE } from "./issuer.ts";
import { ACCESS_TOKEN_S, AUTHORIZATION_CODE_S, INTERACTION_S, REFRESH_TOKEN_S } from "./lifetimes.ts";
import { mayAskFor, mayUseGrant } from "./membership.ts";
import { OAUTH_PATHS, TOKEN_AUTH_METHODS } from "./metadata.ts";
import { type SigningKeys, signingKeys } from "./signing-keys.ts";

interface Built {
  version: string | null;
  provider: Provider | null;
}

/**
 * The authorization server's protocol engine. It is built for one set of signing keys, and again when the stored ones change.
 *
 * @throws what the database threw, when the keys cannot be read
 */
export async function oauthProvider(): Promise<Provider> {
  const keys = await signingKeys();
  const built = processWide<Built>("oauth.provider", () => ({ version: null, provider: null }));
  if (built.provider === null || built.version !== keys.version) {
    Object.assign(built, { version: keys.version, provider: buildProvider(keys) });
  }
  return built.provider as Provider;
}

function buildProvider(keys: SigningKeys): Provider {
  const provider = new Provider(issuer(), configuration(keys));
  // The filter in front sets the forwarded headers itself, from the public URL.
  provider.proxy = true;
  provider.on("server_error", (_ctx: unknown, error: unknown) => console.error("oauth:", error));
  return provider;
}

function configuration(keys: SigningKeys): Configuration {
  return {
    adapter: createAdapter,
    jwks: { keys: keys.privateJwks as NonNullable<Configuration["jwks"]>["keys"] },
    routes: {
      authorization: OAUTH_PATHS.authorize,
      token: OAUTH_PATHS.token,
      registration: OAUTH_PATHS.register,
      revocation: OAUTH_PATHS.revoke,
      jwks: OAUTH_PATHS.jwks,
    },
    scopes: [SCOPE],
    claims: {},
    responseTypes: ["code"],
    clientAuthMethods: [...TOKEN_AUTH_METHODS],
    clientDefaults: {
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      id_token_signed_response_alg: "ES256",
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    // By the client's grant types alone: the default wants offline_access, and people are then signed out at every expiry.
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    expiresWithSession: async () => false,
    enabledJWA: { idTokenSigningAlgValues: ["ES256"] },
    ttl: {
      AccessToken: ACCESS_TOKEN_S,
      AuthorizationCode: AUTHORIZATION_CODE_S,
      Interaction: INTERACTION_S,
      RefreshToken: REFRESH_TOKEN_S,
      Grant: REFRESH_TOKEN_S,
      Session: INTERACTION_S,
    },
    cookies: {
      keys: [createHmac("sha256", env().NEXTAUTH_SECRET).update("catwalk oauth cookies").digest("base64url")],
      short: { signed: true, httpOnly: true, sameSite: "lax" },
      long: { signed: true, httpOnly: true, sameSite: "lax" },
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      registration: {
        enabled: true,
        idFactory: (ctx) => registrationId(ctx as KoaContextWithOIDC),
        secretFactory: () => randomBytes(32).toString("base64url"),
      },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async (ctx, resource, client) => {
          if (Array.isArray(ctx.oidc.params?.resource)) throw new errors.InvalidTarget("name one resource");
          if (!(await mayAskFor(client.clientId, resource)))
            throw new errors.InvalidTarget("there is no such connector URL");
          const jwt = { sign: { alg: "ES256" as const } };
          return { scope: SCOPE, audience: resource, accessTokenFormat: "jwt", accessTokenTTL: ACCESS_TOKEN_S, jwt };
        },
        useGrantedResource: async () => true,
      },
    },
    interactions: { url: (_ctx, interaction) => `/connect/${interaction.uid}`, policy: consentPolicy() },
    // One grant for each consent: with one for each client, all people whose client has the same metadata document would share it.
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    // Asked at consent, at each code and at each refresh: people who lost access get no further token.
    findAccount: async (ctx, userId, token) => {
      const ofToken = token !== undefined && "grantId" in token ? token.grantId : undefined;
      const grantId = ofToken ?? ctx.oidc.result?.consent?.grantId;
      if (typeof grantId !== "string" || !(await mayUseGrant(userId, grantId))) return undefined;
      return { accountId: userId, claims: async () => ({ sub: userId }) };
    },
    extraTokenClaims: async (_ctx, token) => ("grantId" in token ? { gid: token.grantId } : undefined),
    renderError: async (ctx, out, error) => {
      ctx.type = "html";
      ctx.body = describeProblem(error instanceof errors.SessionNotFound ? "session_not_found" : out.error);
    },
  };
}

/** One prompt, consent, that is needed whenever this request's own answer does not hold it. */
function consentPolicy() {
  const { Check, Prompt } = interactionPolicy;
  const isMissing = new Check("consent_missing", "the person has not decided yet", (ctx) =>
    ctx.oidc.result?.consent === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
  );
  return [new Prompt({ name: "consent", requestable: true }, isMissing)];
}

function registrationId(ctx: KoaContextWithOIDC): string {
  return sharedClientId(tidyRegistration(ctx.oidc.body)) ?? `cwc_${randomBytes(18).toString("base64url")}`;
}
