import { sealSession, sessionCookie } from "../../auth/session-cookie.ts";

/** A browser as far as OAuth needs one: it follows redirects by hand, keeps cookies by path, and posts the consent page's form. */
export class TestBrowser {
  readonly #origin: string;
  readonly #publicOrigin: string;
  readonly #cookies: { name: string; value: string; path: string }[] = [];
  #userId: string | null = null;

  /**
   * @param origin where the server listens
   * @param publicOrigin the address by which it is known, where a proxy would stand between
   */
  constructor(origin: string, publicOrigin = origin) {
    this.#origin = origin;
    this.#publicOrigin = publicOrigin;
  }

  /** Signs a person in, as the sign-in page would. */
  async signIn(userId: string): Promise<void> {
    this.#userId = userId;
    const value = await sealSession({ sub: userId, signedInAtMs: Date.now() });
    this.#set({ name: sessionCookie().name, value, path: "/" });
  }

  /** Asks for one page and follows nothing. */
  async get(url: string | URL): Promise<Response> {
    return this.#fetch(new URL(url, this.#origin), {});
  }

  /** Opens an authorization URL. @returns the path of the consent page that it leads to */
  async open(authorizationUrl: string | URL): Promise<string> {
    const response = await this.get(authorizationUrl);
    const location = response.headers.get("location");
    if (response.status !== 303 || !location?.startsWith("/connect/")) {
      throw new Error(`no consent page: ${response.status} ${location} ${await response.text()}`);
    }
    return location;
  }

  /** Posts a consent page's form. `change` replaces fields and headers of what a browser would send. */
  async decide(
    page: string,
    decision: "allow" | "deny",
    change: { form?: Record<string, string>; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const form = new URLSearchParams({ account: this.#userId ?? "", decision, ...change.form });
    return this.#fetch(new URL(`${page}/decide`, this.#origin), {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        origin: this.#publicOrigin,
        "sec-fetch-site": "same-origin",
        ...change.headers,
      },
      body: form.toString(),
    });
  }

  /** The whole way from an authorization URL to the client's redirect. @returns that address, with its parameters */
  async authorize(
    authorizationUrl: string | URL,
    decision: "allow" | "deny" = "allow",
    form: Record<string, string> = {},
  ): Promise<URL> {
    const decided = await this.decide(await this.open(authorizationUrl), decision, { form });
    return this.follow(decided);
  }

  /** Goes on from a decision's answer to the client's redirect. */
  async follow(decided: Response): Promise<URL> {
    const resumed = await this.get(decided.headers.get("location") ?? "");
    const location = resumed.headers.get("location");
    if (location === null) throw new Error(`no redirect: ${resumed.status} ${await resumed.text()}`);
    return new URL(location);
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    const cookie = this.#cookies
      .filter(({ path }) => url.pathname === path || url.pathname.startsWith(path.endsWith("/") ? path : `${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
    const headers = { ...(init.headers as Record<string, string>), ...(cookie !== "" && { cookie }) };
    const target = url.origin === this.#publicOrigin ? new URL(url.pathname + url.search, this.#origin) : url;
    const response = await fetch(target, { ...init, headers, redirect: "manual" });
    for (const text of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = text.split(/;\s*/);
      const [name = "", ...value] = pair.split("=");
      const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? "/";
      this.#set({ name, value: value.join("="), path });
    }
    return response;
  }

  #set(cookie: { name: string; value: string; path: string }): void {
    const index = this.#cookies.findIndex(({ name, path }) => name === cookie.name && path === cookie.path);
    if (index >= 0) this.#cookies.splice(index, 1);
    if (cookie.value !== "") this.#cookies.push(cookie);
  }
}
