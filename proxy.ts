import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import { PATH_HEADER } from "@/lib/auth/path-header";
import { buildContentSecurityPolicy } from "@/lib/http/content-security-policy";

/**
 * Tells pages their own address, so that signing in leads back to it, and gives each its content security policy, whose nonce Next puts
 * on its scripts. Who may see what is decided where the data is read.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = randomBytes(16).toString("base64");
  const policy = buildContentSecurityPolicy(nonce, process.env.NODE_ENV === "development");
  const headers = new Headers(request.headers);
  headers.set(PATH_HEADER, request.nextUrl.pathname + request.nextUrl.search);
  headers.set("x-nonce", nonce);
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

// Pages only: bodies that pass through a proxy are buffered, which the gateway's must never be. What programs ask the authorization
// server has no page's policy.
export const config = { matcher: ["/((?!api/|oauth/|\\.well-known/|_next/|.*\\.[a-z0-9]+$).*)"] };
