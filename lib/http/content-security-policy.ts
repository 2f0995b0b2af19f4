/**
 * The policy of a page: scripts only with its nonce and what those load, nothing from elsewhere but pictures (a repository's
 * owner has one), and no frame around it. Styles may stand in the page, which components that measure themselves need.
 *
 * @param nonce fresh for each page, base64
 * @param isDevelopment React's development build evaluates code to rebuild stack traces
 */
export function buildContentSecurityPolicy(nonce: string, isDevelopment: boolean): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: https:",
    // A tool's result may hold a sound.
    "media-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
