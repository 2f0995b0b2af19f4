import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The loopback address to which a native client has the browser sent back. */
export interface Callback {
  /** The redirect URI. */
  url: string;
  /** Resolves with the address that the browser asks for next. */
  next(): Promise<URL>;
  close(): void;
}

export async function listenForCallback(): Promise<Callback> {
  let waiting = Promise.withResolvers<URL>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", origin);
    response.writeHead(200, { "content-type": "text/html" }).end("<p>You can close this window.</p>");
    // Browsers ask for an icon as well.
    if (url.pathname === "/callback") waiting.resolve(url);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/callback`,
    async next() {
      const url = await waiting.promise;
      waiting = Promise.withResolvers();
      return url;
    },
    close: () => server.close(),
  };
}

/** State of an SDK client between its steps. It is the same for both generations of the SDK, whose types differ. */
export class ClientStore {
  readonly redirectUrl: string;
  readonly clientMetadata: {
    client_name: string;
    redirect_uris: string[];
    grant_types: string[];
    response_types: string[];
    token_endpoint_auth_method: string;
  };
  readonly clientMetadataUrl: string | undefined;
  /** The last URL that the client sent the browser to. */
  authorizationUrl: URL | undefined;
  #client: { client_id: string; client_secret?: string } | undefined;
  #tokens: { access_token: string; token_type: string; refresh_token?: string } | undefined;
  #verifier = "";

  constructor(name: string, redirectUrl: string, clientMetadataUrl?: string) {
    this.redirectUrl = redirectUrl;
    this.clientMetadataUrl = clientMetadataUrl;
    this.clientMetadata = {
      client_name: name,
      redirect_uris: [redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
  }

  clientInformation() {
    return this.#client;
  }

  saveClientInformation(client: { client_id: string; client_secret?: string }): void {
    this.#client = client;
  }

  tokens() {
    return this.#tokens;
  }

  saveTokens(tokens: { access_token: string; token_type: string; refresh_token?: string }): void {
    this.#tokens = tokens;
  }

  redirectToAuthorization(url: URL): void {
    this.authorizationUrl = url;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }
}
