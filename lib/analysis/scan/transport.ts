import { isNetworkTransport } from "../inputs/input-names.ts";
import type { Condition, Statement } from "./flow.ts";

/** Truth of a comparison with the transport. Catwalk runs servers over stdio, so it is known. */
const OVER_STDIO: Condition = { kind: "constant", value: true };
const OVER_NETWORK: Condition = { kind: "constant", value: false };

/** What holds the subcommand of a program: `args.command`, `argv.subcommand`. */
const SUBCOMMAND = /^(?:\w{1,40}\.){0,3}(?:sub_?)?(?:command|cmd)(?:_name)?$/i;
/** What holds where the server is deployed: its caller's machine runs it over stdio. */
const DEPLOYED_AS = /(?:^|[._])deploy(?:ment)?_?(?:mode|type)$/i;
/** Words of subcommands that prepare, ask or repair something and end. */
const HELPS =
  /^(auth\w*|log(in|out)|sign(in|out)|setup|init|install|uninstall|config|configure|completions?|version|doctor|check|validate|verify|update|upgrade|status|help|info|generate|migrate|import|export|inspect|register|reset|clean|cleanup)$/;
const SERVES = /^(serve|server|start|run|stdio|mcp)$/;

function helps(word: string): boolean {
  const parts = word
    .slice(0, 100)
    .toLowerCase()
    .split(/[-_: ]+/);
  return parts.some((part) => HELPS.test(part)) && !parts.some((part) => SERVES.test(part));
}

/**
 * Returns what a comparison of a value with words says for a server over stdio, or null where it is not about the transport. A program's
 * subcommand that signs in or sets up serves nothing either.
 *
 * @param value the compared expression, as the code writes it
 * @param words of which one must match: "stdio", or names of network transports
 */
export function compareTransport(value: string, words: readonly string[], isNegated: boolean): Condition | null {
  if (words.length === 0) return null;
  const isDeployed = DEPLOYED_AS.test(value.slice(0, 200));
  const isStdio = words.some((word) => /^stdio$/i.test(word) || (isDeployed && /^local$/i.test(word)));
  const isNetwork = /transport|mode$/i.test(value.slice(0, 200)) && words.every(isNetworkTransport);
  const isHelper = SUBCOMMAND.test(value.slice(0, 200)) && words.every(helps);
  if (!isStdio && !isNetwork && !isHelper) return null;
  return isStdio === isNegated ? OVER_NETWORK : OVER_STDIO;
}

/** What holds whether the server runs over HTTP: `is_http`, `sse_mode`, `args.http`. A bare `http` may be a client. */
const NETWORK_SWITCH =
  /(?:^|\.)(?:(?:is|use|run|enable)_?(?:http|sse|streamable_?http)(?:_?(?:mode|enabled|transport|server))?|(?:http|sse|streamable_?http)_?(?:mode|enabled)|(?:args|argv|opts|options|flags|cli)\.(?:http|sse|streamable_?http))$/i;
const STDIO_SWITCH =
  /(?:^|\.)(?:(?:is|use|run)_?stdio(?:_?(?:mode|enabled|transport))?|stdio_?(?:mode|enabled|only)|(?:args|argv|opts|options|flags|cli)\.stdio)$/i;

/** What a switch with the name of a transport says for a server over stdio, or null for any other name. */
function transportSwitch(path: string): Condition | null {
  if (path.length > 100) return null;
  if (NETWORK_SWITCH.test(path)) return OVER_NETWORK;
  return STDIO_SWITCH.test(path) ? OVER_STDIO : null;
}

/** What is known of a value, or else what its name says of the transport. */
export function orSwitch(known: Condition | null | undefined, path: string): Condition {
  const flag = known?.kind === "atom" && known.key.startsWith("-") ? transportArgument(known.key) : null;
  if (flag) return flag;
  const isKnown = known && (known.kind !== "something" || known.setting);
  return (isKnown ? known : transportSwitch(path)) ?? known ?? { kind: "something" };
}

/** What the presence of a word among the command's arguments says: `"--http" in sys.argv`. Null for one that is about no network transport. */
export function transportArgument(word: string): Condition | null {
  return isNetworkTransport(word.slice(0, 60).replace(/^--?/, "")) ? OVER_NETWORK : null;
}

/** The word for which a constant's name stands whose value is not known: `Transport.STREAMABLE_HTTP`. */
export function transportNamed(path: string): string | null {
  const word = /\.(\w{1,40})$/.exec(path.slice(0, 200).replace(/\.value$/, ""))?.[1]?.replaceAll("_", "-") ?? "";
  return /^stdio$/i.test(word) || isNetworkTransport(word) ? word : null;
}

/** "A_PATH is required when using {transport} transport", "A_TOKEN must be set in HTTP mode" */
const OF_TRANSPORT =
  /\b(?:required|needed|must be (?:set|given|provided|configured))\b[^.\n]{0,20}\b(?:for|when|with|in|by|using)\b[^.\n]{0,30}(?:\b(?:https?|sse|streamable[-_ ]?http)|\{[\w.]{0,40}transport[\w.]{0,20}\})[`'"]{0,3}[ -](?:server )?(?:transports?|mode)\b/i;

/** Returns whether an error message demands something of a network transport alone, so that nothing raises it over stdio. */
export function demandsOverNetwork(message: string): boolean {
  return OF_TRANSPORT.test(message.slice(0, 500));
}

const MAX_DEPTH = 20;

/** Returns whether a server over stdio never gets behind a conditional: `if (transport === "stdio") { run(); return; }`. */
export function endsOverStdio(statement: Statement | undefined): boolean {
  return statement?.kind === "if" && isEnd(statement, 0);
}

function isEnd(statement: Statement | undefined, depth: number): boolean {
  if (statement?.kind === "leave" || statement?.kind === "fail") return true;
  if (statement?.kind !== "if" || depth > MAX_DEPTH) return false;
  const { test, consequent, alternate } = statement;
  if (isOverStdio(test)) return isEnd(consequent.at(-1), depth + 1);
  const isEnded = isEnd(alternate?.at(-1), depth + 1);
  return isOverNetwork(test) ? isEnded : isEnded && isEnd(consequent.at(-1), depth + 1);
}

/** Returns whether code under this condition runs over a network transport only. */
export function isOverNetwork(condition: Condition): boolean {
  return condition === OVER_NETWORK;
}

/** Returns whether code under this condition runs over stdio, and what stands behind `else` does not. */
export function isOverStdio(condition: Condition): boolean {
  return condition === OVER_STDIO;
}
