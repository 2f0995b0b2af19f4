import type { Input } from "../../analysis/spec.ts";
import { AppError } from "../../errors/app-error.ts";
import type { ErrorCode } from "../../errors/codes.ts";
import type { HostStatus } from "../../runtime/host-client.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { StoredSpec } from "../inputs/stored-spec.ts";
import type { Redact } from "../redact.ts";
import { explainLocalService } from "./local-services.ts";
import { findMissingInputs, type MissingInput } from "./missing-inputs.ts";
import { explainLine, findTellingLine, stripTerminalCodes } from "./telling-line.ts";

const DETAIL_LINES = 200;
const MAX_DETAIL_CHARACTERS = 16_000;
const MAX_MESSAGE_CHARACTERS = 600;

/** Where a machine runs: on this host, whose settings its operator can change, or at a platform. */
type MachinePlace = Pick<Runtime, "sleeps">;

interface Hints {
  code: ErrorCode;
  hint: string;
  /** The hint for a machine of a platform. */
  platformHint?: string;
}

const INSTALL_HINTS: Partial<Record<string, Hints>> = {
  package_not_found: {
    code: "package_not_found",
    hint: "Check the package's name; a private one needs your registry's settings on this host.",
    platformHint: "Check the package's name; only public packages can be installed on Fly.",
  },
  version_not_found: { code: "version_not_found", hint: "Choose a version that is published, and deploy again." },
  no_bin: { code: "no_bin", hint: "It may be a library. Name the package that brings the server's command." },
  network: {
    code: "registry_unavailable",
    hint: "Check this host's network or proxy, then retry.",
    platformHint: "Retry in a moment. If it stays, choose another region.",
  },
  python_missing: {
    code: "python_missing",
    hint: "Install uv or Python 3.10 or later on this host, then retry.",
    platformHint: "The image of mcp-host that is set has no Python. Set Catwalk's own, then restart the deployment.",
  },
  runtime_too_old: {
    code: "install_failed",
    hint: "Choose an older version of the package, or a newer Node or Python on this host; uv, where it is installed, fetches Pythons.",
    platformHint: "Choose an older version of the package, or a newer image of mcp-host.",
  },
  hash_mismatch: {
    code: "hash_mismatch",
    hint: "Nothing of it was installed. Resolve the package again only if you trust what the registry has now.",
  },
  install_failed: {
    code: "install_failed",
    hint: "The log shows what the package client said. Retry when that is mended.",
  },
};

/** Longer lines are dumps; the pattern needs a bound. */
const MAX_SENTENCE_CHARACTERS = 2_000;

/** How mcp-host begins to say that a package's own install script failed. */
const SCRIPT_FAILED = "the install script of ";

const NAMES_A_FAULT =
  /\b(?:required|missing|not set|not (?:been )?(?:provided|defined|found|configured|specified)|must (?:be|provide|set|have)|undefined|unset|empty|please (?:set|provide)|KeyError|no .{0,40}(?:provided|set|found|configured)|invalid)\b/i;

/**
 * Explains why a server could not be installed or does not run, from what its mcp-host says.
 *
 * @param redact applied to everything that comes from the machine
 * @param place where the machine runs, since the hint depends on it
 * @param given keys of the inputs that had a value
 */
export function explainFailure(
  status: HostStatus,
  stored: StoredSpec,
  redact: Redact,
  place: MachinePlace = { sleeps: false },
  given: ReadonlySet<string> = new Set(),
): AppError {
  const code = status.error?.code ?? "crashed";
  const message = redact(status.error?.message ?? "").slice(0, MAX_MESSAGE_CHARACTERS);
  const lines = status.stderrTail.map(stripTerminalCodes);
  const detail = formatDetail(lines, redact);
  const install = INSTALL_HINTS[code];
  if (install) {
    const hint = status.error?.message.startsWith(SCRIPT_FAILED)
      ? "It may fetch or build something that this machine cannot. Retry when that is mended, or switch install scripts off in Settings: the server may work without."
      : place.sleeps
        ? (install.platformHint ?? install.hint)
        : install.hint;
    return new AppError(install.code, toSentence(message, stored.server.package), { hint, detail });
  }
  if (code === "out_of_memory") {
    return new AppError("out_of_memory", toSentence(message, stored.server.package), {
      hint: place.sleeps
        ? "Give the machine more memory in its settings."
        : "Give this host more memory, or stop other servers, then retry.",
      detail,
    });
  }
  if (code === "handshake_timeout") return explainHandshakeTimeout(message, detail);
  const missing = findMissingInputs(lines, stored, given);
  if (missing.length > 0) return createMissingError(missing, given, redact, detail);
  const doubted = findDoubtedInput(lines, stored.inputs);
  if (doubted) return createMissingError([doubted], given, redact, detail);
  const exit = /exit code \d+|signal \w+/.exec(message)?.[0];
  const telling = findTellingLine(lines);
  const said =
    telling === null ? "" : ` It said: ${toSentence(redact(telling).slice(0, MAX_MESSAGE_CHARACTERS), null)}`;
  return new AppError("crashed_at_start", `The server exited before it was ready${exit ? ` (${exit})` : ""}.${said}`, {
    hint:
      explainLocalService(telling, stored, given) ??
      (telling === null ? null : explainLine(telling, stored)) ??
      (lines.length === 0
        ? "It said nothing before it exited. Check its arguments and credentials, then retry."
        : "See its last lines below, then retry."),
    detail: detail ?? (message || undefined),
  });
}

/** Creates the error for a server that runs and never answers. */
export function explainHandshakeTimeout(said: string, detail: string | undefined): AppError {
  const onStdout = /wrote to standard output/.test(said);
  return new AppError("handshake_timeout", "The server runs, but did not answer the MCP handshake in time.", {
    hint: onStdout
      ? "It writes other things than MCP messages to standard output, which a stdio server must keep for messages."
      : "It may need more time, wait for something that it cannot reach, or speak MCP another way than over stdio. See its log, then give it more time or retry.",
    detail: [said, detail].filter(Boolean).join("\n") || undefined,
  });
}

/** Finds a declared input that the server names together with a fault, such as a value that it refuses. */
function findDoubtedInput(lines: string[], inputs: Input[]): MissingInput | null {
  for (const [index, line] of lines.entries()) {
    // Validators print the name on one line and its fault on the next.
    if (!NAMES_A_FAULT.test(`${line}\n${lines[index + 1] ?? ""}`.slice(0, MAX_SENTENCE_CHARACTERS))) continue;
    const input = inputs.find(({ key }) => mentionsKey(line, key));
    if (input) return { input, isDeclared: true, line };
  }
  return null;
}

/** Creates the error of a server that names what it misses, or a value that it refuses. `fields` has its words for each. */
export function createMissingError(
  missing: MissingInput[],
  given: ReadonlySet<string>,
  redact: Redact,
  detail: string | undefined,
): AppError {
  const names = missing.map(({ input }) => input.label || input.key);
  const isGiven = missing.every(({ input }) => given.has(input.key));
  const what = new Intl.ListFormat("en").format(names);
  const verb = names.length > 1 ? "are" : "is";
  return new AppError(
    "missing_credential",
    `The server stopped because ${what} ${verb} ${isGiven ? "not valid" : "missing"}.`,
    {
      hint: isGiven ? "Correct it; the deployment then goes on." : "Give it a value; the deployment then goes on.",
      fields: Object.fromEntries(
        missing.map(({ input, line }) => [
          input.key,
          `The server says: ${redact(line).slice(0, MAX_MESSAGE_CHARACTERS)}`,
        ]),
      ),
      detail,
    },
  );
}

function mentionsKey(line: string, key: string): boolean {
  if (key.length < 3) return false;
  const escaped = key.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  return new RegExp(`(?<![A-Za-z0-9_-])${escaped}(?![A-Za-z0-9_])`, "i").test(line);
}

/** Joins the last lines for a person to read. Returns undefined when there are none. */
export function formatDetail(lines: string[], redact: Redact): string | undefined {
  const text = redact(lines.slice(-DETAIL_LINES).map(stripTerminalCodes).join("\n"))
    .slice(-MAX_DETAIL_CHARACTERS)
    .trim();
  return text === "" ? undefined : text;
}

/**
 * Makes a sentence of a message.
 *
 * @param packageName a name at the beginning keeps its case
 */
function toSentence(text: string, packageName: string | null): string {
  const isName = /^npm\b/.test(text) || (packageName !== null && text.startsWith(packageName));
  const first = isName ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
