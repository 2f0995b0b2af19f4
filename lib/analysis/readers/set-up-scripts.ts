import type { CommandTarget } from "./runner-command.ts";

/** Names of scripts that put a server in its place, or get it what it needs: install.py, setup-claude.mjs, generate_token.py. */
const SETS_UP =
  /^(?:(?:un)?install(?:er)?|setup|configure|bootstrap)(?:[-_]\w{1,40})?$|^(?:get|generate|create|refresh|fetch|obtain)[-_](?:\w{1,40}[-_])?(?:tokens?|keys?|config|configuration|credentials?)$|^(?:auth|authenticate|authorize|login|deploy|publish|release)$/;

/** Returns whether a command runs a script or module of the checkout that sets the server up and ends. Its options are its own. */
export function isSetUpScript({ registry, program, module }: CommandTarget): boolean {
  if (registry !== "source") return false;
  const file = program?.replaceAll("\\", "/").split("/").at(-1) ?? "";
  const name = module?.split(".").at(-1) ?? /^([\w-]{1,80})\.(?:py|[mc]?[jt]s|sh)$/.exec(file)?.[1];
  return name !== undefined && SETS_UP.test(name);
}
