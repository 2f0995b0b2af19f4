import type { TextFile } from "../fetch/files.ts";
import type { RemoteFinding } from "../inputs/findings.ts";
import { isEndpoint } from "../readers/endpoints.ts";
import { sharesName } from "./telling-words.ts";

const MAX_INTRODUCTION = 4_000;
const MAX_ADDRESSES = 50;
/** Sites whose servers one vendor's documents name together. Those of a directory are far more. */
const MAX_SITES = 5;
const ADDRESS = /https:\/\/[\w.-]{3,100}(?:\/[\w./-]{0,200})?/g;
const TITLE = /^#[ \t](.{0,300})/m;

/**
 * Finds the address of a hosted server that a README gives in words alone, where its title is that of an MCP server: "Try it at
 * https://mcp.acme.com". The host has to be named like the repository, since people name other servers too.
 *
 * @param slug "owner/name" of the repository
 */
export function hostedInProse({ path, text }: TextFile, slug: string): RemoteFinding[] {
  if (!/\bmcp\b/i.test(TITLE.exec(text)?.[1] ?? "")) return [];
  const addresses = listAddresses(text.slice(0, MAX_INTRODUCTION));
  for (const { url, index } of addresses.slice(0, MAX_ADDRESSES)) {
    if (!isEndpoint(url) || !sharesName(namesInHost(new URL(url).hostname), slug)) continue;
    const line = text.slice(0, index).split("\n").length;
    return [{ url, provenance: { from: "readme", where: `${path}:${line}` } }];
  }
  return [];
}

/** What vendors put before or behind their name, where the name alone was taken as a domain: getacme.com, acmehq.com. */
const AFFIX = /^(?:get|go|try|use|join|with|my)(?=\w{4})|(?<=\w{4})(?:app|hq|labs|inc)$/;

/** The names in a host, both as they are written and without what a vendor added to its own. */
function namesInHost(host: string): string {
  const words = host.split(".").slice(0, -1).join("-").split("-");
  return [...words, ...words.map((word) => word.replace(AFFIX, ""))].join(" ");
}

/** Returns whether a page lists the hosted servers of many vendors, so that none of them is the repository's own. */
export function isDirectory({ text }: TextFile): boolean {
  const sites = new Set<string>();
  for (const { url } of listAddresses(text))
    if (isEndpoint(url)) sites.add(new URL(url).hostname.split(".").slice(-2).join("."));
  return sites.size > MAX_SITES;
}

/** The addresses in a text without the punctuation behind them, each with its place. */
function listAddresses(text: string): { url: string; index: number }[] {
  return [...text.matchAll(ADDRESS)].map(({ 0: written, index }) => ({
    url: written.replace(/[./-]{1,5}$/, ""),
    index,
  }));
}
