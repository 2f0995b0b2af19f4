import { type Argument, argument, childrenOf, type PythonTree } from "./syntax.ts";

const SERVING = /(^|[-_])(serve|server|start|run|stdio|mcp|main)([-_]|$)/;
/** What the name of a subcommand that prepares, shows or ends something begins or ends with: `mcp-config`, `install-server`. */
const HELPING =
  /^(init|setup|install|uninstall|add|remove|register|unregister|configure|config|check|test|validate|verify|inspect|list|show|print|export|generate|stop|restart|update|upgrade|auth|login|logout)[-_]|[-_](init|setup|install|uninstall|config|configs|configure|check|test|tests|status|info|logs|list|auth|login|doctor|path|version)$/;

/** Returns whether the name of a subcommand says that it serves. Options of others are none of the server's. */
export function serves(command: string): boolean {
  return SERVING.test(command) && !HELPING.test(command);
}

/** Facts that an option's declaration states. */
export interface OptionFacts {
  isRequired: boolean;
  fallback: string | null;
  description: string | null;
  isSwitch: boolean;
  isNumber: boolean;
  choices: string[] | null;
  /** All variables that stand in for the flag. */
  variables: string[];
  /** The name of a position. */
  label?: string;
}

export function optionFacts(args: Argument[], tree: PythonTree): OptionFacts {
  const text = (name: string) => {
    const node = argument(args, name);
    return node ? tree.text(node) : "";
  };
  const variables = argument(args, "envvar");
  const choices = argument(args, "choices") ?? argument(args, "type");
  const list = choices ? [...tree.text(choices).matchAll(/["']([\w.:/-]+)["']/g)].map((match) => match[1] ?? "") : [];
  return {
    isRequired: text("required") === "True",
    fallback: tree.literal(argument(args, "default")),
    description: tree.string(argument(args, "help")),
    isSwitch: /store_(true|false)/.test(text("action")) || text("is_flag") === "True" || /^bool$/.test(text("type")),
    isNumber: /^(int|float|click\.(INT|FLOAT))$/.test(text("type")),
    choices: /Choice|^\[|^\(|^\{/.test(choices ? tree.text(choices) : "") && list.length > 0 ? list : null,
    variables: variables
      ? [tree.string(variables), ...childrenOf(variables).map((one) => tree.string(one))].filter((one) => one !== null)
      : [],
  };
}
