import type { OAuthConfig } from "next-auth/providers/oauth";
import { z } from "zod";
import { env } from "../env/env.ts";

/** Timeout of one request to GitHub. */
const TIMEOUT_MS = 10_000;

const userSchema = z.object({ id: z.number().int().positive(), login: z.string(), name: z.string().nullish() });
const emailsSchema = z.array(z.object({ email: z.string(), verified: z.boolean(), primary: z.boolean() })).max(1_000);

/** A person's GitHub account with the addresses that GitHub has verified, the primary one first. */
export const gitHubProfileSchema = z.object({
  id: z.string(),
  login: z.string(),
  name: z.string().optional(),
  verifiedEmails: z.array(z.string()),
});

export type GitHubProfile = z.infer<typeof gitHubProfileSchema>;

/** Tells whether people can sign in with GitHub here. */
export function isGitHubConfigured(): boolean {
  return env().GITHUB_ID !== undefined && env().GITHUB_SECRET !== undefined;
}

/**
 * Derives the address of GitHub's pages from that of its API: `https://api.github.com` belongs to `https://github.com`, `https://api.NAME.ghe.com` to
 * `https://NAME.ghe.com`, and `https://HOST/api/v3` of a GitHub Enterprise Server to `https://HOST`.
 */
export function gitHubWebUrl(apiUrl: string): string {
  const { protocol, host, hostname } = new URL(apiUrl);
  const isSubdomain = hostname === "api.github.com" || /^api\.[^.]+\.ghe\.com$/.test(hostname);
  return `${protocol}//${isSubdomain ? host.replace(/^api\./, "") : host}`;
}

/**
 * Creates next-auth's GitHub provider with two differences: its addresses follow `GITHUB_API_URL`, and it reads which e-mail
 * addresses are verified, since anyone can type any address into a profile.
 */
export function gitHubProvider(): OAuthConfig<GitHubProfile> {
  const apiUrl = env().gitHubApiUrl;
  const webUrl = gitHubWebUrl(apiUrl);
  return {
    id: "github",
    name: "GitHub",
    type: "oauth",
    // RFC 9207: GitHub names its issuer in the response, and next-auth compares it.
    issuer: `${webUrl}/login/oauth`,
    clientId: env().GITHUB_ID,
    clientSecret: env().GITHUB_SECRET,
    checks: ["state", "pkce"],
    authorization: { url: `${webUrl}/login/oauth/authorize`, params: { scope: "read:user user:email" } },
    token: `${webUrl}/login/oauth/access_token`,
    userinfo: {
      url: `${apiUrl}/user`,
      request: async ({ tokens }) => readProfile(apiUrl, tokens.access_token ?? ""),
    },
    profile: ({ id, name, login }) => ({ id, name: name ?? login }),
  };
}

async function readProfile(apiUrl: string, accessToken: string): Promise<GitHubProfile> {
  const [user, emails] = await Promise.all([
    ask(`${apiUrl}/user`, accessToken).then((body) => userSchema.parse(body)),
    ask(`${apiUrl}/user/emails?per_page=100`, accessToken).then((body) => emailsSchema.parse(body)),
  ]);
  const verified = emails.filter((entry) => entry.verified).sort((a, b) => Number(b.primary) - Number(a.primary));
  return {
    id: String(user.id),
    login: user.login,
    name: user.name ?? undefined,
    verifiedEmails: verified.map((entry) => entry.email),
  };
}

async function ask(url: string, accessToken: string): Promise<unknown> {
  const response = await fetch(url, {
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${accessToken}`,
      "user-agent": "catwalk",
    },
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`GitHub answered ${response.status} to ${new URL(url).pathname}`);
  return response.json();
}
