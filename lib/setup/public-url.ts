import type { CheckResult } from "./check.ts";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const PRIVATE_HOST = /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|\[f[cd])|\.(local|internal|lan|home)$/;

/**
 * Checks the address in connector URLs against the one that the person's browser uses.
 *
 * @param publicUrl what connector URLs begin with (NEXTAUTH_URL)
 * @param browserOrigin where this page was opened
 */
export function checkPublicUrl(publicUrl: string, browserOrigin: string): CheckResult {
  const told = new URL(publicUrl);
  const seen = new URL(browserOrigin);
  const isLoopback = LOOPBACK.test(told.hostname);
  const isSame = told.origin === seen.origin || (isLoopback && LOOPBACK.test(seen.hostname) && told.port === seen.port);
  if (!isSame) {
    return {
      state: "bad",
      message: `Connector URLs begin with ${told.origin}, but you opened Catwalk at ${seen.origin}.`,
      todo: "Set NEXTAUTH_URL to the address that clients use, and start again. If the first one is right, open Catwalk there.",
      command: `NEXTAUTH_URL=${seen.origin}`,
    };
  }
  if (isLoopback) {
    return {
      state: "optional",
      message: `${publicUrl} is reached from this computer alone.`,
      todo: "Clients on this computer work. For Claude on the web or on a phone, put Catwalk at a public https address (on Fly, on Vercel, or behind your own proxy) and set NEXTAUTH_URL to it.",
    };
  }
  if (told.protocol !== "https:") {
    return {
      state: "bad",
      message: `${publicUrl} is not encrypted: access keys travel in the clear, and Claude accepts only https.`,
      todo: "Put a proxy with a certificate in front, set NEXTAUTH_URL to its https address, and start again.",
      command: `NEXTAUTH_URL=https://${told.host}`,
    };
  }
  if (PRIVATE_HOST.test(told.hostname)) {
    return {
      state: "optional",
      message: `${publicUrl} looks like an address of a private network.`,
      todo: "Clients on that network work. Claude on the web calls from outside and needs a public address.",
    };
  }
  return {
    state: "good",
    message: `Connector URLs begin with ${publicUrl}.`,
    todo: `Catwalk cannot see itself from outside. To be sure, open ${publicUrl}/api/health on a phone without Wi-Fi: it says "ok".`,
  };
}
