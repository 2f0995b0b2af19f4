import { lineFinder } from "../fetch/files.ts";
import { type Findings, type LaunchFinding, noFindings } from "../inputs/findings.ts";
import { readConfigBlock } from "./config-block.ts";
import { readCommand } from "./launch.ts";

const LINK_PATTERN =
  /(?:https?|cursor|vscode(?:-insiders)?|goose|lmstudio|kiro|windsurf|trae|augment|code-insiders|cherrystudio|alma|warp|zed|raycast|jan|deepchat|qoder|comate):(?:\/\/)?[^\s"'<>()\]\\]{10,8000}/g;
const MAX_LINKS = 100;

/**
 * Reads the configuration in install links of Cursor, VS Code, LM Studio, Goose and the like: base64, base64url or URL
 * encoding, also where one link wraps another.
 *
 * @param text the whole README
 * @param file its path, for the provenance
 */
export function readInstallLinks(text: string, file: string): Findings {
  const findings = noFindings();
  const lineAt = lineFinder(text);
  let count = 0;
  for (const match of text.matchAll(LINK_PATTERN)) {
    if (!/(config|install|extension|add-mcp|add_mcp|mcp)/i.test(match[0])) continue;
    count += 1;
    if (count > MAX_LINKS) break;
    const provenance = { from: "readme" as const, where: `${file}:${lineAt(match.index)}` };
    const link = match[0].replaceAll("&amp;", "&");
    const goose = gooseLaunch(link, provenance);
    if (goose) findings.launches.push({ ...goose, isConfiguration: true });
    for (const config of configsOf(link, 0)) {
      const { launches, remotes } = readConfigBlock(config, provenance);
      findings.launches.push(...launches);
      findings.remotes.push(...remotes);
    }
  }
  return findings;
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** Returns every configuration in a link, through at most two wrapping links. */
function configsOf(link: string, depth: number): unknown[] {
  const url = parseUrl(link);
  if (url === null || depth > 2) return [];
  const found: unknown[] = [];
  for (const [name, value] of url.searchParams) {
    if (/^(config|inputs|servers?|mcp)$/i.test(name)) {
      const decoded = decodeConfig(value);
      if (decoded !== null && !/^inputs$/i.test(name)) found.push(withInputs(decoded, url));
    } else if (/^(url|to|link|redirect)$/i.test(name)) found.push(...configsOf(value, depth + 1));
  }
  // In vscode:mcp/install?ENCODED the whole query is the configuration.
  const query = url.search.slice(1);
  if (found.length === 0 && /^(%7B|\{)/i.test(query)) {
    const decoded = decodeConfig(safeDecode(query));
    if (decoded !== null) found.push(decoded);
  }
  return found;
}

function withInputs(config: object, url: URL): object {
  const inputs = url.searchParams.get("inputs");
  const decoded = inputs === null ? null : decodeConfig(inputs);
  return Array.isArray(decoded) ? { ...config, inputs: decoded } : config;
}

function decodeConfig(value: string): object | null {
  const candidates = [value, safeDecode(value)];
  if (/^[A-Za-z0-9+/_\s-]+={0,2}$/.test(value)) {
    candidates.push(
      Buffer.from(value.replaceAll(" ", "+").replaceAll("-", "+").replaceAll("_", "/"), "base64").toString("utf8"),
    );
  }
  for (const candidate of candidates) {
    try {
      const parsed: unknown = JSON.parse(candidate);
      if (typeof parsed === "object" && parsed !== null) return parsed;
    } catch {
      // Not in this encoding.
    }
  }
  return null;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** goose://extension?cmd=npx&arg=-y&arg=PACKAGE&env=KEY%3DDescription */
function gooseLaunch(link: string, provenance: { from: "readme"; where: string }): LaunchFinding | null {
  const url = parseUrl(link);
  const command = url?.searchParams.get("cmd");
  if (!url || !command || !/goose/.test(link)) return null;
  const env = url.searchParams.getAll("env").flatMap((pair) => {
    const [name = "", description = ""] = pair.split(/=(.*)/s);
    return [{ name, value: "", description }];
  });
  return readCommand({ command, args: url.searchParams.getAll("arg"), env }, provenance).launch;
}
