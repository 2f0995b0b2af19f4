import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import { PATH_HEADER } from "@/lib/auth/path-header";
import { buildContentSecurityPolicy } from "@/lib/http/content-security-policy";

/** The consent pages, whose form leads back to the client. */
const CONSENT_PATH = "/connect/";

/**
 * Passes each page its own address, so that sign-in returns to it, and its content security policy, whose nonce Next adds to its
 * scripts. It authorizes nothing: the functions that read the data do.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = randomBytes(16).toString("base64");
  const policy = buildContentSecurityPolicy({
    nonce,
    isDevelopment: process.env.NODE_ENV === "development",
    hasForeignForms: request.nextUrl.pathname.startsWith(CONSENT_PATH),
  });
  const headers = new Headers(request.headers);
  headers.set(PATH_HEADER, request.nextUrl.pathname + request.nextUrl.search);
  headers.set("x-nonce", nonce);
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

// Pages only: Next buffers bodies that pass through a proxy, and the gateway must stream them. The authorization server's answers
// to programs need no page's policy.
export const config = { matcher: ["/((?!api/|oauth/|\\.well-known/|_next/|.*\\.[a-z0-9]+$).*)"] };
