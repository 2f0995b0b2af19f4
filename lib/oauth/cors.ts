/**
 * Every site may read the authorization server's answers: no cookie decides about them, and the consoles of web clients
 * read metadata, register and redeem codes from a page.
 */
export const OPEN_CORS: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "WWW-Authenticate, Retry-After",
};

/** Answers a preflight. */
export function preflight(methods: string): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...OPEN_CORS,
      "access-control-allow-methods": methods,
      "access-control-allow-headers": "Authorization, Content-Type, Accept, MCP-Protocol-Version",
      "access-control-max-age": "7200",
    },
  });
}

/** Answers JSON that every site may read. */
export function openJson(body: unknown, init: { status?: number; headers?: Record<string, string> } = {}): Response {
  return Response.json(body, { status: init.status ?? 200, headers: { ...OPEN_CORS, ...init.headers } });
}

/** An error in OAuth's own shape (RFC 6749, section 5.2), never stored by a cache. */
export function oauthError(
  status: number,
  error: string,
  description: string,
  headers: Record<string, string> = {},
): Response {
  return openJson(
    { error, error_description: description },
    { status, headers: { "cache-control": "no-store", ...headers } },
  );
}
