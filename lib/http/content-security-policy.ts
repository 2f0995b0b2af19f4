export interface PagePolicyOptions {
  /** Fresh for each page, base64. */
  nonce: string;
  /** React's development build evaluates code to rebuild stack traces. */
  isDevelopment: boolean;
  /** True if the page's forms may lead to another site. */
  hasForeignForms: boolean;
}

/**
 * Builds the policy of a page (W3C Content Security Policy Level 3). Scripts need the nonce or are loaded by one that has it.
 * Only pictures come from elsewhere, since a repository's owner has one. No page stands in a frame, and forms go to Catwalk alone.
 * Inline styles are allowed: components that measure themselves need them.
 */
export function buildContentSecurityPolicy({ nonce, isDevelopment, hasForeignForms }: PagePolicyOptions): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: https:",
    // A tool's result can contain audio.
    "media-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    // Chromium also checks the redirects that follow a form, and consent ends with one to the client.
    ...(hasForeignForms ? [] : ["form-action 'self'"]),
    "frame-ancestors 'none'",
  ].join("; ");
}

/**
 * The policy of everything that is not a page: answers of the API and files, should a browser ever show one as a
 * document.
 */
export const RESOURCE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
