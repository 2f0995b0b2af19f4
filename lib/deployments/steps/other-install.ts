import { findReleaseDate } from "../../analysis/release-date.ts";
import type { AppError } from "../../errors/app-error.ts";
import type { OtherInstall, StoredSpec } from "../inputs/stored-spec.ts";

const BROKEN_IMPORT = /^(?:\w{1,60}\.){0,5}(?:ImportError|ModuleNotFoundError|AttributeError): (.{1,400})$/;
const MAX_REASON_CHARACTERS = 300;

/**
 * Chooses another install for a Python server that newer dependencies broke: its last lines end in an ImportError or
 * AttributeError. Where that comes from the MCP SDK, one before version 2; else what was published up to the release's own date.
 * Returns null where there is no such cause, no date, or where another install was tried already.
 */
export async function chooseOtherInstall(
  { code, detail }: AppError,
  { server, install }: StoredSpec,
  findDate: typeof findReleaseDate = findReleaseDate,
): Promise<OtherInstall | null> {
  const { runtime, package: name, version } = server;
  if (code !== "crashed_at_start" || runtime !== "pypi" || !name || !version || install) return null;
  const lines = detail?.split("\n").map((line) => line.trim()) ?? [];
  const reason = lines.findLast((line) => BROKEN_IMPORT.test(line))?.slice(0, MAX_REASON_CHARACTERS);
  if (reason === undefined) return null;
  if (concernsSdk(reason, lines)) return { constraints: ["mcp<2"], publishedBefore: null, reason };
  const date = await findDate(name, version);
  if (date === null) return null;
  // The index counts whole seconds, and the release itself must be among what is published.
  const publishedBefore = new Date(Math.ceil(date.getTime() / 1_000) * 1_000 + 1_000).toISOString();
  return { constraints: [], publishedBefore, reason };
}

/** A broken import names the module that lacks something. */
const BROKEN_MODULE = /\bfrom '([\w.]{1,200})'|\b[Nn]o module named '([\w.]{1,200})'|\bmodule '([\w.]{1,200})' has no/;

/**
 * Returns whether the error names the MCP SDK, or was raised within it and names no other module: the first SDK itself breaks on newer
 * dependencies of its own.
 */
function concernsSdk(reason: string, lines: string[]): boolean {
  const named = BROKEN_MODULE.exec(reason)?.slice(1).find(Boolean);
  if (named !== undefined) return named.split(".")[0] === "mcp";
  if (/\bmcp(?:\.\w+)*['".\s)]|\bFastMCP\b|['"]mcp['"]/.test(`${reason} `)) return true;
  const frames = lines.filter((line) => line.startsWith("File "));
  return /\/(?:site|dist)-packages\/mcp\//.test(frames.at(-1) ?? "");
}

/** Says how a server was installed otherwise, and why. */
export function describeOtherInstall({ constraints, publishedBefore, reason }: OtherInstall): string {
  const how =
    publishedBefore === null
      ? "with the MCP SDK before version 2"
      : `with what was published up to ${publishedBefore.slice(0, 10)}, the day of its release`;
  const what = constraints.length > 0 || publishedBefore !== null ? how : "again";
  return `Newer dependencies broke it (${reason}), so it was installed once more, ${what}.`;
}
