import { subscribe } from "node:diagnostics_channel";
import type { ServerResponse } from "node:http";
import { env } from "../env/env.ts";

/** RFC 6797: for a year browsers use https alone. Without includeSubDomains, since other hosts below the name may not be Catwalk's. */
const HSTS = "max-age=31536000";

/**
 * Sends HSTS with every response of this process, where the public URL is https. The headers in Next's configuration are fixed when
 * it is built, and the public URL is known only when it runs.
 */
export function requireHttps(): void {
  if (!env().publicUrl.startsWith("https://")) return;
  // Node's documentation, diagnostics_channel, "http.server.request.start": no handler has seen the request yet.
  subscribe("http.server.request.start", (message) => {
    (message as { response: ServerResponse }).response.setHeader("strict-transport-security", HSTS);
  });
}
