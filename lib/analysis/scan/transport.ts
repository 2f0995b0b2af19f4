import { isNetworkTransport } from "../inputs/input-names.ts";
import type { Condition } from "./flow.ts";

/** Truth of a comparison with the transport. Catwalk runs servers over stdio, so it is known. */
const OVER_STDIO: Condition = { kind: "constant", value: true };
const OVER_NETWORK: Condition = { kind: "constant", value: false };

/** What holds the subcommand of a program: `args.command`, `argv.subcommand`. */
const SUBCOMMAND = /^(?:\w{1,40}\.){0,3}(?:sub_?)?(?:command|cmd)(?:_name)?$/i;
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
  const isStdio = words.some((word) => /^stdio$/i.test(word));
  const isNetwork = /transport|mode$/i.test(value.slice(0, 200)) && words.every(isNetworkTransport);
  const isHelper = SUBCOMMAND.test(value.slice(0, 200)) && words.every(helps);
  if (!isStdio && !isNetwork && !isHelper) return null;
  return isStdio === isNegated ? OVER_NETWORK : OVER_STDIO;
}

/** Returns whether code under this condition runs over a network transport only. */
export function isOverNetwork(condition: Condition): boolean {
  return condition === OVER_NETWORK;
}

/** Returns whether code under this condition runs over stdio, and what stands behind `else` does not. */
export function isOverStdio(condition: Condition): boolean {
  return condition === OVER_STDIO;
}
