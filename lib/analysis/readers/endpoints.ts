import type { TextFile } from "../fetch/files.ts";
import type { RemoteFinding } from "../inputs/findings.ts";
import { withoutFences, withoutHtmlComments } from "./markdown.ts";

const MAX_LINES = 2_000;
const MAX_LINE_LENGTH = 1_000;
const MAX_FOUND = 20;

const ADDRESS = /https:\/\/[\w.-]{1,200}(?::\d{1,5})?(?:\/[\w./~-]{0,200})?/;
/** "**Endpoint:** `https://…`", "- Server URL: https://…", "| MCP endpoint | https://… |" */
const LABEL =
  /^[\s>|*_`-]{0,20}(?:(?:remote|hosted|public|production|mcp|sse|http|streamable|server|connection|base)[ -]){0,4}(?:endpoint|url|address|server)(?: \([\w /-]{1,40}\))?[\s*_`]{0,6}[:|：][\s*_`<[|]{0,12}$/i;
/** "The server is hosted at https://…", "Connect your MCP client to https://…" */
const TELLS = /\b(?:hosted|available|reachable|served|live|running|accessible|connects?|point)\b/i;
const LEADS_TO = /\b(?:at|to|on|via|under)[: ]{1,2}[`<[(*]{0,3}$/i;
/** What a person would have to deploy first, or reads about. */
const NOT_YET = /\b(?:your|deploy\w*|locally|localhost|will|docs?|documentation|guide|read|learn)\b/i;
/** "connect your client to": the client is the reader's, the server is not. */
const OWN_CLIENT = /\byour (?:[\w-]{1,20} ){0,3}(?:clients?|hosts?|agents?|assistants?|platforms?|ide|editor|app)\b/gi;

/**
 * Reads the addresses that documentation gives as those of a hosted server, in words alone. They count where there is nothing else to run:
 * what stands beside code may be what a person deploys.
 */
export function readEndpoints(written: TextFile): RemoteFinding[] {
  const found: RemoteFinding[] = [];
  const lines = withoutFences(withoutHtmlComments(written.text)).split("\n").slice(0, MAX_LINES);
  for (const [index, whole] of lines.entries()) {
    const line = whole.slice(0, MAX_LINE_LENGTH);
    const match = found.length < MAX_FOUND ? ADDRESS.exec(line) : null;
    const url = match?.[0].replace(/[.,]{1,3}$/, "");
    if (!match || !url || !isEndpoint(url)) continue;
    const before = line.slice(0, match.index);
    const said = before.replaceAll(OWN_CLIENT, " ");
    if (LABEL.test(before) || (isLead(said.slice(-120)) && !NOT_YET.test(said)))
      found.push({ url, provenance: { from: "readme", where: `${written.path}:${index + 1}` } });
  }
  return found;
}

/** Returns whether a text leads to the address behind it: "hosted at ", "Connect your client to ". */
function isLead(text: string): boolean {
  return LEADS_TO.test(text) && TELLS.test(text.split(/[.!?]\s/).at(-1) ?? "");
}

/** Returns whether an address may be that of a server, as against a page about one. */
export function isEndpoint(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, pathname } = new URL(url);
  if (/^(?:www|docs?|blog|help|support|developers?|learn)\.|^(?:github|gitlab)\./.test(hostname)) return false;
  return /(?:^|\/)(?:mcp|sse)\/?$/i.test(pathname) || (/(?:^|\.)mcp\./.test(hostname) && pathname.length <= 1);
}
