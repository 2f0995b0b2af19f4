import { createHash, randomBytes } from "node:crypto";
import { formatConnectorUrl } from "../../deployments/connector-url.ts";
import type { TestBrowser } from "./browser.ts";

/** A client that sends what a test tells it to: right by default, and wrong in one place where a test changes it. */
export interface TestClient {
  id: string;
  redirectUri: string;
  secret?: string | undefined;
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  token_type: string;
  scope: string;
}

/** Registers a public client. `change` replaces members of its metadata. */
export async function register(server: string, change: Record<string, unknown> = {}): Promise<TestClient> {
  const redirectUri = "http://localhost:7777/callback";
  const response = await registerRaw(server, { client_name: "Test", redirect_uris: [redirectUri], ...change });
  const body = (await response.json()) as { client_id: string; client_secret?: string; redirect_uris: string[] };
  if (response.status !== 201) throw new Error(JSON.stringify(body));
  return { id: body.client_id, redirectUri: body.redirect_uris[0] ?? "", secret: body.client_secret };
}

export function registerRaw(
  server: string,
  metadata: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${server}/oauth/register`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof metadata === "string" ? metadata : JSON.stringify(metadata),
  });
}

/** An authorization request, and the verifier of its challenge. A parameter of null is left out. */
export function authorizationRequest(
  server: string,
  client: TestClient,
  deploymentId: string,
  change: Record<string, string | null> = {},
): { url: URL; verifier: string } {
  const verifier = randomBytes(32).toString("base64url");
  const url = new URL(`${server}/oauth/authorize`);
  const parameters: Record<string, string | null> = {
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: "code",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    state: "a state",
    resource: formatConnectorUrl(deploymentId),
    ...change,
  };
  for (const [name, value] of Object.entries(parameters)) if (value !== null) url.searchParams.set(name, value);
  return { url, verifier };
}

/** Posts a form to the token endpoint. */
export function tokenRequest(server: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  return fetch(`${server}/oauth/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(form).toString(),
  });
}

export function codeForm(client: TestClient, code: string, verifier: string): Record<string, string> {
  return {
    grant_type: "authorization_code",
    client_id: client.id,
    ...(client.secret !== undefined && { client_secret: client.secret }),
    code,
    code_verifier: verifier,
    redirect_uri: client.redirectUri,
  };
}

export function refreshForm(client: TestClient, refreshToken: string): Record<string, string> {
  return { grant_type: "refresh_token", client_id: client.id, refresh_token: refreshToken };
}

/** The whole way from a consent to tokens. */
export async function connect(
  server: string,
  browser: TestBrowser,
  client: TestClient,
  deploymentId: string,
  change: Record<string, string | null> = {},
): Promise<Tokens> {
  const { url, verifier } = authorizationRequest(server, client, deploymentId, change);
  const callback = await browser.authorize(url);
  const code = callback.searchParams.get("code");
  if (code === null) throw new Error(`no code: ${callback}`);
  const response = await tokenRequest(server, codeForm(client, code, verifier));
  const body = (await response.json()) as Tokens;
  if (response.status !== 200) throw new Error(JSON.stringify(body));
  return body;
}

/** The status and OAuth error code of an answer. */
export async function readFailure(response: Response): Promise<[number, string]> {
  const body = (await response.json()) as { error: string };
  return [response.status, body.error];
}
