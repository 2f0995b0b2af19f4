import { readFileSync } from "node:fs";
import type { Launch } from "./process.ts";

/** Name of a server's user that the system has no account for. */
const NAME = "server";

/**
 * Runs before a Node server: os.userInfo() throws for a user without an account, and many servers ask for the name or the home of
 * theirs while they load. It answers what such an account would say.
 */
const PRELOAD = `
const os = process.getBuiltinModule("node:os");
const read = os.userInfo;
os.userInfo = (options) => {
  try {
    return read(options);
  } catch (error) {
    if (error?.code !== "ERR_SYSTEM_ERROR") throw error;
    const { HOME: homedir = "/", USER: username = "${NAME}" } = process.env;
    return { uid: process.getuid(), gid: process.getgid(), username, homedir, shell: null };
  }
};
process.getBuiltinModule("node:module").syncBuiltinESMExports();
`;

/**
 * Gives a server whose user has no account what programs look up there: its name in the environment, and for Node an answer of
 * os.userInfo(). Returns other launches as they are.
 *
 * @param accounts the system's accounts, as /etc/passwd has them
 */
export function nameUser(launch: Launch, accounts: string = readAccounts()): Launch {
  const { user, command, args, env } = launch;
  if (user == null || hasAccount(user, accounts)) return launch;
  const isNode = command === process.execPath;
  return {
    ...launch,
    env: { USER: NAME, LOGNAME: NAME, ...env },
    args: isNode ? ["--import", `data:text/javascript,${encodeURIComponent(PRELOAD)}`, ...args] : args,
  };
}

function hasAccount(user: number, accounts: string): boolean {
  return accounts.split("\n").some((line) => line.split(":")[2] === String(user));
}

function readAccounts(): string {
  try {
    return readFileSync("/etc/passwd", "utf8");
  } catch {
    return "";
  }
}
