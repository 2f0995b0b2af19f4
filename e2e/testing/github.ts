import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A GitHub account as its owner sees it. */
export interface GitHubAccount {
  id: number;
  login: string;
  emails: { email: string; verified: boolean; primary: boolean }[];
}

/** GitHub's OAuth and the two API calls of a sign-in, on loopback. It validates every request and refuses wrong ones. */
export interface FakeGitHub {
  url: string;
  clientId: string;
  clientSecret: string;
  /** The account that is signed in to GitHub in the browser. */
  account: GitHubAccount;
  close(): void;
}

export async function startFakeGitHub(): Promise<FakeGitHub> {
  const codes = new Map<string, { challenge: string; redirectUri: string; account: GitHubAccount }>();
  const tokens = new Map<string, GitHubAccount>();
  const server = createServer((request, response) => {
    answer(request, response).catch(() => send(response, 500, { message: "the fake broke" }));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", gitHub.url);
    switch (`${request.method} ${url.pathname}`) {
      case "GET /login/oauth/authorize":
        return authorize(url.searchParams, response);
      case "POST /login/oauth/access_token":
        return exchange(request, response);
      case "GET /user":
        return withAccount(request, response, ({ id, login }) => ({ id, login, name: null, email: null }));
      case "GET /user/emails":
        return withAccount(request, response, ({ emails }) => emails);
      default:
        return send(response, 404, { message: "Not Found" });
    }
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const redirectUri = query.get("redirect_uri") ?? "";
    const isRight =
      query.get("client_id") === gitHub.clientId &&
      query.get("response_type") === "code" &&
      query.get("code_challenge_method") === "S256" &&
      query.get("scope")?.split(" ").includes("user:email") === true &&
      redirectUri.endsWith("/api/auth/callback/github");
    if (!isRight) {
      send(response, 400, { message: "bad authorization request" });
      return;
    }
    const code = `code-${codes.size}`;
    codes.set(code, { challenge: query.get("code_challenge") ?? "", redirectUri, account: gitHub.account });
    const location = new URL(redirectUri);
    location.searchParams.set("code", code);
    location.searchParams.set("state", query.get("state") ?? "");
    location.searchParams.set("iss", `${gitHub.url}/login/oauth`);
    response.writeHead(302, { location: location.href }).end();
  }

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += chunk;
    const form = new URLSearchParams(text);
    const [id, secret] = credentialsOf(request, form);
    const code = form.get("code") ?? "";
    const granted = codes.get(code);
    codes.delete(code);
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const isRight =
      id === gitHub.clientId &&
      secret === gitHub.clientSecret &&
      granted?.challenge === challenge &&
      granted.redirectUri === form.get("redirect_uri");
    if (!isRight) return send(response, 400, { error: "bad_verification_code" });
    const token = `gho_${tokens.size}`;
    tokens.set(token, granted.account);
    send(response, 200, { access_token: token, token_type: "bearer", scope: "read:user,user:email" });
  }

  function withAccount(
    request: IncomingMessage,
    response: ServerResponse,
    view: (account: GitHubAccount) => unknown,
  ): void {
    const account = tokens.get((request.headers.authorization ?? "").replace(/^Bearer /, ""));
    if (account) send(response, 200, view(account));
    else send(response, 401, { message: "Bad credentials" });
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const gitHub: FakeGitHub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clientId: "catwalk-test",
    clientSecret: "not-a-real-secret",
    account: { id: 1, login: "nobody", emails: [] },
    close: () => void server.close().closeAllConnections(),
  };
  return gitHub;
}

function credentialsOf(request: IncomingMessage, form: URLSearchParams): [string | null, string | null] {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  if (!basic) return [form.get("client_id"), form.get("client_secret")];
  const [id = "", secret = ""] = Buffer.from(basic, "base64").toString().split(":");
  return [decodeURIComponent(id), decodeURIComponent(secret)];
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
