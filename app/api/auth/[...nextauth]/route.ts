import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { withOrigin } from "@/lib/admin-log/origin";
import { authOptions } from "@/lib/auth/options";
import { env } from "@/lib/env/env";
import { AppError } from "@/lib/errors/app-error";
import { findClientAddress } from "@/lib/http/client-address";
import { toErrorResponse } from "@/lib/http/user-route";

/** Maximum size of a sign-in form, in bytes. */
const MAX_BODY_BYTES = 16 * 1024;

interface Context {
  params: Promise<{ nextauth: string[] }>;
}

async function handler(request: NextRequest, context: Context): Promise<Response> {
  try {
    refuseLargeBody(request);
    // next-auth reads its own address from this variable only.
    process.env.NEXTAUTH_URL ||= env().publicUrl;
    const origin = { userId: null, address: findClientAddress(request.headers), via: null };
    return await withOrigin(origin, () => NextAuth(request, context, authOptions()));
  } catch (thrown) {
    return toErrorResponse(thrown);
  }
}

/** next-auth buffers whole bodies, so their size must be bounded before. */
function refuseLargeBody(request: NextRequest): void {
  if (request.method !== "POST") return;
  const length = request.headers.get("content-length");
  if (length !== null && Number(length) <= MAX_BODY_BYTES) return;
  throw new AppError("too_large", "This body is too large, or does not say how large it is.");
}

export { handler as GET, handler as POST };
