import type { AuthOptions } from "next-auth";
import CredentialsProvider from "next-auth/providers/credentials";
import { z } from "zod";
import { recordChange } from "../admin-log/record.ts";
import { db } from "../db/client.ts";
import { env } from "../env/env.ts";
import { toAppError } from "../errors/app-error.ts";
import { findClientAddress } from "../http/client-address.ts";
import { takeGitHubLinkCookie } from "./github-link.ts";
import { gitHubProfileSchema, gitHubProvider, isGitHubConfigured } from "./github-provider.ts";
import { admitGitHubAccount, findGitHubUserId, linkGitHubAccount } from "./github-sign-in.ts";
import { readInvitationCookie } from "./invitation-cookie.ts";
import { toSafePath } from "./paths.ts";
import { SESSION_MAX_AGE_S, usesSecureCookies } from "./session-cookie.ts";
import { signInWithPassword } from "./sign-in.ts";
import { endSession } from "./signed-out.ts";

const credentialsSchema = z.object({ email: z.string().max(1_000), password: z.string().max(1_000) });

/** Configures next-auth: sign-in with e-mail and password, and with GitHub where it is configured. */
export function authOptions(): AuthOptions {
  return {
    secret: env().NEXTAUTH_SECRET,
    useSecureCookies: usesSecureCookies(),
    session: { strategy: "jwt", maxAge: SESSION_MAX_AGE_S },
    pages: { signIn: "/sign-in", signOut: "/sign-in", error: "/sign-in" },
    providers: [passwordProvider(), ...(isGitHubConfigured() ? [gitHubProvider()] : [])],
    callbacks: {
      signIn: async ({ account, profile }) => {
        if (account?.provider !== "github") return true;
        const parsed = gitHubProfileSchema.safeParse(profile);
        if (!parsed.success) return false;
        const linkFor = await takeGitHubLinkCookie();
        if (linkFor === null) return admitGitHubAccount(parsed.data, await readInvitationCookie());
        // A refusal leads back to Settings: the sign-in page with its error is not for people who are signed in.
        return (await linkGitHubAccount(linkFor, parsed.data.id)) || `${env().publicUrl}/settings?error=github_linked`;
      },
      // The token holds the person and the moment of signing in, and nothing that could become stale.
      jwt: async ({ token, user, account }) => {
        if (!account) return token;
        if (account.provider !== "github") return { sub: user.id, signedInAtMs: Date.now() };
        const sub = await findGitHubUserId(account.providerAccountId);
        if (sub) {
          await recordChange(db(), { action: "sign-in.github", userId: sub, summary: "Signed in with GitHub." });
        }
        return { sub, signedInAtMs: Date.now() };
      },
      session: ({ session }) => ({ expires: session.expires }),
      redirect: ({ url, baseUrl }) => `${baseUrl}${toSafePath(url, baseUrl)}`,
    },
    events: {
      signOut: async ({ token }) => endSession(token),
    },
    logger: {
      // next-auth's own logger prints the metadata, which includes the tokens of a failed exchange.
      error: (code, metadata) => console.error(`next-auth: ${code}: ${errorMessage(metadata)}`),
      warn: (code) => console.warn(`next-auth: ${code}`),
      debug: () => undefined,
    },
  };
}

function passwordProvider() {
  return CredentialsProvider({
    name: "E-mail and password",
    credentials: { email: { type: "email" }, password: { type: "password" } },
    authorize: async (credentials, request) => {
      const parsed = credentialsSchema.safeParse(credentials);
      if (!parsed.success) return null;
      const headers = new Headers(request.headers);
      try {
        return await signInWithPassword({ ...parsed.data, address: findClientAddress(headers) });
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code === "unauthenticated") return null;
        if (error.code === "internal") console.error(thrown);
        // next-auth passes on an error's text only, so the text carries the code and the hint to the page.
        throw new Error(`${error.code}:${error.hint ?? ""}`);
      }
    },
  });
}

function errorMessage(metadata: unknown): string {
  if (metadata instanceof Error) return metadata.message;
  if (typeof metadata === "object" && metadata !== null && "error" in metadata) return errorMessage(metadata.error);
  return "";
}
