import { type FileSet, folderOf, isJavaScript, isPython, isReadme, type TextFile } from "../fetch/files.ts";

const LISTS_TOOLS = /["'`]tools\/list["'`]/;
const CALLS_TOOL = /["'`]tools\/call["'`]/;
/** A branch for a method that was asked for. */
const TAKES_LIST = /(?:\bcase\s{1,5}|===?\s{0,5})["'`]tools\/list["'`]|["'`]tools\/list["'`]\s{0,5}(?:=>|->)/;
const TAKES_CALL = /(?:\bcase\s{1,5}|===?\s{0,5})["'`]tools\/call["'`]|["'`]tools\/call["'`]\s{0,5}(?:=>|->)/;
/** What a client tells of itself when it initializes a server (MCP, "Lifecycle"). */
const CLIENT = /\bclientInfo\b/;

/**
 * Returns whether code answers the requests of the protocol by itself, without a library: it knows both methods of tools, and tells who it is
 * when a client initializes it, or has a branch for either method and nothing of a client. A client knows the methods too, but has no such
 * answer.
 */
export function answersProtocol(sources: readonly TextFile[]): boolean {
  const has = (pattern: RegExp) => sources.some(({ text }) => pattern.test(text));
  if (!has(LISTS_TOOLS) || !has(CALLS_TOOL)) return false;
  return sources.some(({ text }) => tellsServerInfo(text)) || (has(TAKES_LIST) && has(TAKES_CALL) && !has(CLIENT));
}

/** A branch for the request that begins a session (MCP, "Lifecycle"). */
const TAKES_INITIALIZE = /(?:\bcase\s{1,5}|===?\s{0,5})["'`]initialize["'`]/;
const STANDARD_INPUT = /\bsys\.stdin\b|\bprocess\.stdin\b/;

/**
 * Returns whether code takes what a client sends over standard input, as a bridge to a server elsewhere does, which hands on most requests
 * and answers few of them.
 */
export function takesProtocol(sources: readonly TextFile[]): boolean {
  return sources.some(
    ({ text }) =>
      STANDARD_INPUT.test(text) && TAKES_INITIALIZE.test(text) && (LISTS_TOOLS.test(text) || CALLS_TOOL.test(text)),
  );
}

const MAX_PLACES = 100;

/** Whether code gives what a server tells of itself when it is initialized, as a value and not as a type (MCP, "Lifecycle"). */
function tellsServerInfo(text: string): boolean {
  let places = 0;
  for (const match of text.matchAll(/\b[sS]erverInfo\b/g)) {
    places += 1;
    if (places > MAX_PLACES) return false;
    const rest = text.slice(match.index + "serverInfo".length, match.index + 120);
    if (/^["']\s{0,3}(?::|=>|,)/.test(rest)) return true;
    const isType = /^:\s{0,3}\{\s{0,20}\w{1,20}\??:\s?(?:string|z\.)/.test(rest);
    if (!isType && /^:\s{0,3}(?:\{|&?[\w.()]{1,80}\s{0,3}[,}{])/.test(rest)) return true;
  }
  return false;
}

const PROGRAM_IN_PYTHON = /^if[ \t]*\(?__name__[ \t]*==[ \t]*["']__main__["']|^(?:main\(|asyncio\.run\()/m;
const PROGRAM_IN_JAVA_SCRIPT = /^#!|\bprocess\.stdin\b|\bcreateInterface\s*\(|\b(?:app|server|httpServer)\.listen\(/;

/** Returns whether a file of Python or JavaScript does something when it is started, as against a module of others. */
export function isProgram({ path, text }: TextFile): boolean {
  if (isPython(path)) return PROGRAM_IN_PYTHON.test(text);
  return isJavaScript(path) && PROGRAM_IN_JAVA_SCRIPT.test(text);
}

/** How much of a README tells what the thing is. */
const MAX_INTRODUCTION = 1_500;
const PROTOCOL = /\b(mcp|model context protocol)\b/i;
const SERVER = /\bservers?\b/i;
/** The same in languages that have another word for it: 一个 MCP 服务器, MCPサーバー, MCP 서버, MCP-сервер, servidor MCP. */
const FOREIGN_SERVER =
  /\b(?:mcp|model context protocol)\b[^\n。]{0,30}(?:服务器|服务端|伺服器|サーバ|서버|сервер)|\b(?:servidor|serveur)(?: [\p{L}-]{1,20}){0,2} (?:mcp|model context protocol)\b/iu;
const FOREIGN_OTHER_WORDS =
  /客户端|客戶端|代理|网关|框架|管理|聚合|合集|列表|クライアント|プロキシ|フレームワーク|클라이언트|프록시|프레임워크|клиент|прокси|фреймворк|\bclientes?\b/i;
const OTHER_WORDS =
  /\b(mcp|model context protocol)\b[ -]{0,3}(\w{1,20}[ -]){0,2}(clients?|hosts?|inspector|sdk|framework|registry|proxy|gateway|catalog|marketplace|manager)\b|\b(clients?|hosts?|inspector|proxy|gateway|manager) (for|of|to) (\w{1,20} ){0,2}(mcp|model context protocol)\b|\b(list|collection|directory) of\b|\bawesome\b/i;
/** Whom a server is for: "works with Claude and other MCP clients", "lets any MCP client search". */
const FOR_CLIENTS =
  /\b(?:for|with|by|in|to|from|via|lets?|any|every|other|all|and|your)[ ](?:[\w-]{1,20},?[ ]){0,3}(?:mcp|model context protocol)[ -](?:compatible[ -])?(?:clients?|hosts?)\b/gi;

/** The mark by which a package of PyPI tells in its README which server of the MCP registry it is ("Package types"). */
const REGISTRY_MARK = /\bmcp-name:\s{0,3}[\w.-]{1,100}\/[\w.-]{1,100}/;

/** Returns whether the README of a folder names the entry of the MCP registry that it is. */
export function isMarkedAsServer(set: FileSet, folder: string): boolean {
  return [...set.files.values()].some(
    ({ path, text }) => isReadme(path) && folderOf(path) === folder && REGISTRY_MARK.test(text),
  );
}

/** Returns whether the README of a folder calls it an MCP server in its title or its first sentences, and nothing else beside it. */
export function callsItselfServer(set: FileSet, folder: string): boolean {
  const readme = [...set.files.values()].find((file) => isReadme(file.path) && folderOf(file.path) === folder);
  if (!readme) return false;
  const introduction = introductionOf(readme.text).replaceAll(FOR_CLIENTS, " ");
  const sentences = introduction.split(/[.\n。]/);
  return sentences.some(isAboutServer) && !OTHER_WORDS.test(introduction);
}

/** Returns whether the title of a folder's README is that of an MCP server: "Thing MCP Server". */
export function isTitledServer(set: FileSet, folder: string): boolean {
  const readme = [...set.files.values()].find((file) => isReadme(file.path) && folderOf(file.path) === folder);
  const title = /^#[ \t](.{0,300})/m.exec(readme?.text.slice(0, MAX_INTRODUCTION * 4) ?? "")?.[1] ?? "";
  return isAboutServer(title) && !isOfOthers(title) && ![OTHER_WORDS, ABOUT_SERVERS].some((one) => one.test(title));
}

/** Returns whether a title names servers as what something else is for: "Chat with any MCP server". */
function isOfOthers(title: string): boolean {
  const at = title.search(PROTOCOL);
  return /\b(?:with|for|to|of|from|any|every|all|multiple|your)\b/i.test(title.slice(Math.max(0, at - 45), at));
}

function isAboutServer(sentence: string): boolean {
  if (PROTOCOL.test(sentence) && SERVER.test(sentence)) return true;
  return FOREIGN_SERVER.test(sentence) && !FOREIGN_OTHER_WORDS.test(sentence);
}

/** Returns whether a package's own description says that it is an MCP server, such as one that hands everything to a hosted service. */
export function isDescribedAsServer(description: string): boolean {
  const text = description.slice(0, 500).replaceAll(FOR_CLIENTS, " ");
  return (
    /\b(?:mcp|model context protocol(?: \(mcp\))?) server\b/i.test(text) &&
    !ABOUT_SERVERS.test(text) &&
    !OTHER_WORDS.test(text)
  );
}

/** What has to do with the servers of others. */
const ABOUT_SERVERS =
  /\b(?:clients?|install\w*|inspect\w*|scaffold\w*|generat\w+|templates?|boilerplate|starter|create-\w+|framework|sdk|librar(?:y|ies)|test\w*|manag\w+|registr\w+|prox(?:y|ies)|gateway)\b/i;

/** The title and the first paragraph that is a sentence, without addresses, images and tags. */
function introductionOf(text: string): string {
  const lines = text
    .slice(0, MAX_INTRODUCTION * 4)
    .split("\n")
    .map((line) =>
      line
        .slice(0, 1_000)
        .replaceAll(/\]\([^()\n]{0,500}\)/g, "]")
        .replaceAll(/<[^<>\n]{0,500}>/g, " ")
        .replaceAll(/[[\]*_`!]/g, ""),
    );
  const said: string[] = [];
  for (const line of lines) {
    if (/^#{1,6}[ \t]/.test(line) && said.some((one) => !one.startsWith("#"))) break;
    if (line.trim() !== "" && !/^https?:/.test(line.trim())) said.push(line.trim());
    if (said.length >= 6) break;
  }
  return said.join("\n").slice(0, MAX_INTRODUCTION);
}
