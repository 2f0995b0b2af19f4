import { issuer } from "./issuer.ts";

interface Problem {
  title: string;
  text: string;
}

const PROBLEMS: Readonly<Record<string, Problem>> = {
  invalid_client: {
    title: "This client is not known here",
    text: "Catwalk does not know the client that sent you, or cannot read its description. Remove the connector in your client and add its URL again.",
  },
  invalid_redirect_uri: {
    title: "This client asks to be sent somewhere else",
    text: "The address that it wants you sent back to is not one that it registered. Nothing was sent there. Remove the connector in your client and add its URL again.",
  },
  session_not_found: {
    title: "This request has ended",
    text: "It was answered already, is older than an hour, or was begun in another browser. Start again from your client.",
  },
  temporarily_unavailable: {
    title: "Catwalk cannot reach its database",
    text: "Nothing is lost. Try again in a moment.",
  },
  foreign_page: {
    title: "This came from another site",
    text: "Only Catwalk's own page can allow a client. Nothing was changed. Start again from your client.",
  },
  too_many_requests: {
    title: "Too many requests at once",
    text: "Wait a minute, then start again from your client.",
  },
};

const OTHER: Problem = {
  title: "This request cannot be answered",
  text: "The client sent something that Catwalk does not understand. Start again from your client; if it stays, remove the connector there and add its URL again.",
};

/** These pages load nothing and stand in no frame. */
const ERROR_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The headers of such a page. */
export const ERROR_PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": ERROR_PAGE_POLICY,
};

/** A response with such a page. */
export function problemPage(status: number, code: string, headers: Record<string, string> = {}): Response {
  return new Response(describeProblem(code), { status, headers: { ...ERROR_PAGE_HEADERS, ...headers } });
}

/**
 * A page for a request that cannot be sent back to its client, since where that is was not proven. It says nothing that the request
 * said: its text would stand on our page.
 *
 * @param code an error code of OAuth
 */
export function describeProblem(code: string): string {
  const { title, text } = PROBLEMS[code] ?? OTHER;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Catwalk</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 32rem; margin: 15vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.375rem; line-height: 1.3; }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
<p><a href="${issuer()}/">Catwalk</a></p>
</main>
</body>
</html>
`;
}
