import inject, { type Response as InjectedResponse } from "light-my-request";
import { isDatabaseUnavailable } from "../errors/database-unavailable.ts";
import { ClientMetadataError } from "./clients/metadata.ts";
import { tidyRegistration } from "./clients/registrations.ts";
import { findSubjectOf, recordAuthorization, recordRegistrationFor, recordTokens } from "./connection-records.ts";
import { OPEN_CORS, oauthError, openJson, preflight } from "./cors.ts";
import { findDiscoveredDeployment } from "./discoveries.ts";
import { ERROR_PAGE_HEADERS, problemPage } from "./error-page.ts";
import { issuer } from "./issuer.ts";
import { readLimitedText } from "./limited-body.ts";
import { countGrantTokens, countRegistrationFor, countRequest } from "./limits.ts";
import { rememberRequest } from "./pending-request.ts";
import { oauthProvider } from "./provider.ts";
import { tidyAuthorizationRequest, tidyTokenRequest } from "./requests.ts";
import { signingKeys } from "./signing-keys.ts";

const MAX_BODY_BYTES = 16 * 1024;
const MAX_QUERY_CHARACTERS = 8 * 1024;
const RETRY_AFTER = { "retry-after": "5" };

interface Engine {
  method: "GET" | "POST";
  /** Path and query. */
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/**
 * Answers a request below `/oauth/`. It stands in front of the protocol engine: it bounds what a stranger may send, tidies what real
 * clients send otherwise than the specifications have it, and lets no header of the request decide about an address.
 *
 * @param path what follows `/oauth/`
 */
export async function handleOAuth(request: Request, path: string): Promise<Response> {
  const [endpoint, id, ...rest] = path.split("/");
  const route = rest.length > 0 ? undefined : ROUTES[id === undefined ? (endpoint ?? "") : `${endpoint}/:id`];
  if (route === undefined) return oauthError(404, "not_found", "The authorization server has no such address.");
  const { method, isPage, handle } = route;
  if (request.method === "OPTIONS") return preflight(method);
  if (request.method !== method) {
    return oauthError(405, "invalid_request", `This address takes ${method}.`, { allow: `${method}, OPTIONS` });
  }
  try {
    return await handle(request, path);
  } catch (error) {
    if (isDatabaseUnavailable(error)) {
      if (isPage) return problemPage(503, "temporarily_unavailable", RETRY_AFTER);
      return oauthError(503, "temporarily_unavailable", "Catwalk cannot reach its database.", RETRY_AFTER);
    }
    console.error("oauth:", error);
    return isPage
      ? problemPage(500, "server_error")
      : oauthError(500, "server_error", "Something went wrong inside Catwalk.");
  }
}

interface Route {
  method: "GET" | "POST";
  /** A browser navigates here, so that an error is a page. */
  isPage: boolean;
  handle: (request: Request, path: string) => Promise<Response>;
}

const ROUTES: Readonly<Record<string, Route>> = {
  authorize: { method: "GET", isPage: true, handle: authorize },
  "authorize/:id": { method: "GET", isPage: true, handle: resume },
  token: { method: "POST", isPage: false, handle: (request) => tokenRequest(request, "/oauth/token") },
  revoke: { method: "POST", isPage: false, handle: (request) => tokenRequest(request, "/oauth/revoke") },
  register: { method: "POST", isPage: false, handle: register },
  "register/:id": { method: "GET", isPage: false, handle: readRegistration },
  jwks: { method: "GET", isPage: false, handle: jwks },
};

async function authorize(request: Request): Promise<Response> {
  const { searchParams, search } = new URL(request.url);
  if (search.length > MAX_QUERY_CHARACTERS) return problemPage(400, "invalid_request");
  const waitS = await countRequest("authorize", searchParams.get("client_id") ?? "", request.headers);
  if (waitS !== null) return problemPage(429, "too_many_requests", { "retry-after": String(waitS) });
  const query = tidyAuthorizationRequest(searchParams);
  const answer = await ask({ method: "GET", url: `/oauth/authorize?${query}`, headers: {} });
  await recordAuthorization(query, answer);
  const page = toPage(answer);
  const location = page.headers.get("location");
  if (location?.startsWith("/connect/")) {
    page.headers.append("set-cookie", rememberRequest(location, issuer().startsWith("https:")));
  }
  return page;
}

/** The browser comes back from the consent page. */
async function resume(request: Request, path: string): Promise<Response> {
  const cookie = request.headers.get("cookie") ?? "";
  return toPage(await ask({ method: "GET", url: `/oauth/${path}`, headers: { cookie } }));
}

async function tokenRequest(request: Request, url: string): Promise<Response> {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    return oauthError(400, "invalid_request", "The body must be application/x-www-form-urlencoded.");
  }
  const text = await readLimitedText(request, MAX_BODY_BYTES);
  if (text === null) return oauthError(413, "invalid_request", "The body is too large.");
  const form = new URLSearchParams(text);
  const authorization = request.headers.get("authorization");
  const waitS = await countRequest("token", form.get("client_id") ?? authorization ?? "", request.headers);
  if (waitS !== null) return tooMany(waitS);
  const tidy = tidyTokenRequest(form);
  const body = tidy.toString();
  const headers = { "content-type": "application/x-www-form-urlencoded", ...(authorization && { authorization }) };
  // Asked before it is redeemed: a code that was redeemed already ends its grant, and nothing then says whose it was.
  const { deploymentId, userId } = await findSubjectOf(tidy);
  const grantWaitS = deploymentId && userId ? await countGrantTokens({ deploymentId, userId }) : null;
  if (grantWaitS !== null) return tooMany(grantWaitS);
  const answer = await ask({ method: "POST", url, headers, body });
  if (deploymentId !== null) await recordTokens(tidy, deploymentId, answer);
  return toJson(answer);
}

async function register(request: Request): Promise<Response> {
  const text = await readLimitedText(request, MAX_BODY_BYTES);
  if (text === null) return oauthError(413, "invalid_client_metadata", "The body is too large.");
  const deploymentId = await findDiscoveredDeployment(request.headers);
  const answer = await answerRegistration(text, request.headers, deploymentId);
  if (deploymentId !== null) await recordRegistrationFor(deploymentId, text, answer.clone(), request.headers);
  return answer;
}

async function answerRegistration(text: string, headers: Headers, deploymentId: string | null): Promise<Response> {
  let metadata: ReturnType<typeof tidyRegistration>;
  try {
    metadata = tidyRegistration(JSON.parse(text));
  } catch (error) {
    if (error instanceof ClientMetadataError) return oauthError(400, error.code, error.message);
    if (error instanceof SyntaxError) return oauthError(400, "invalid_client_metadata", "The body is not JSON.");
    throw error;
  }
  const waitS =
    (await countRequest("register", JSON.stringify(metadata), headers)) ??
    (deploymentId === null ? null : await countRegistrationFor(deploymentId));
  if (waitS !== null) return tooMany(waitS);
  const body = JSON.stringify(metadata);
  const type = { "content-type": "application/json" };
  return toJson(await ask({ method: "POST", url: "/oauth/register", headers: type, body }));
}

/** Clients take this for a passing failure, and drop neither their tokens nor their registration. */
function tooMany(waitS: number): Response {
  return oauthError(429, "too_many_requests", `Try again in ${waitS} s.`, { "retry-after": String(waitS) });
}

async function readRegistration(request: Request, path: string): Promise<Response> {
  const authorization = request.headers.get("authorization") ?? "";
  return toJson(await ask({ method: "GET", url: `/oauth/${path}`, headers: { authorization } }));
}

async function jwks(): Promise<Response> {
  const { publicJwks } = await signingKeys();
  return openJson({ keys: publicJwks }, { headers: { "cache-control": "public, max-age=300" } });
}

/** Hands a request to the protocol engine, under the public URL's name whatever the client called it. */
async function ask({ method, url, headers, body }: Engine): Promise<InjectedResponse> {
  const provider = await oauthProvider();
  const { host, protocol } = new URL(issuer());
  const forwarded = { host, "x-forwarded-proto": protocol.slice(0, -1), accept: "text/html;q=0.1, application/json" };
  return inject(provider.callback(), {
    method,
    url,
    headers: { ...forwarded, ...headers },
    ...(body !== undefined && { payload: body }),
  });
}

/** The engine's answer to a browser: a redirect, or an error page. */
function toPage(answer: InjectedResponse): Response {
  const headers = new Headers({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
  const { location, "set-cookie": cookies } = answer.headers;
  if (typeof location === "string") headers.set("location", location);
  for (const cookie of [cookies ?? []].flat()) {
    // Its login sessions are not used, and their cookie would only travel.
    if (!/^_session/.test(cookie)) headers.append("set-cookie", cookie);
  }
  if (answer.statusCode >= 300 && answer.statusCode < 400) {
    return new Response(null, { status: answer.statusCode, headers });
  }
  for (const [name, value] of Object.entries(ERROR_PAGE_HEADERS)) headers.set(name, value);
  if (answer.statusCode === 503) headers.set("retry-after", RETRY_AFTER["retry-after"]);
  return new Response(answer.body, { status: answer.statusCode, headers });
}

/** The engine's answer to a program. */
function toJson(answer: InjectedResponse): Response {
  const challenge = answer.headers["www-authenticate"];
  const headers: Record<string, string> = {
    ...OPEN_CORS,
    "cache-control": "no-store",
    ...(challenge !== undefined && { "www-authenticate": String(challenge) }),
    ...(answer.statusCode === 503 && RETRY_AFTER),
  };
  if (answer.body === "") return new Response(null, { status: answer.statusCode, headers });
  return new Response(answer.body, {
    status: answer.statusCode,
    headers: { ...headers, "content-type": "application/json" },
  });
}
