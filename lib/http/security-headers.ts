/**
 * The headers of every response, whichever way it leaves: next.config.ts sets them on what Next answers, the gateway on what it answers
 * itself. The content security policy is not among them: it carries a nonce for each page, see proxy.ts.
 */
export const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
} as const;
