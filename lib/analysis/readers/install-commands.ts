import type { Registry } from "../fetch/registries/types.ts";
import { isPackageName } from "../package-names.ts";

/** A package that documentation installs from a registry. */
export interface Installed {
  registry: Registry;
  name: string;
}

const MAX_LENGTH = 200_000;
const MAX_COMMANDS = 50;

/** A command that installs packages, and the words behind it. */
const INSTALL =
  /^[ \t]{0,20}(?:[$%>] )?(?:sudo )?(?:((?:python3? -m |uv )?pip3? install|pipx install|uv tool install|uv add)|npm (?:install|i) (?:-g|--global)) ([^\n`]{1,300})/gm;

/** Lists the packages that a text's commands install by their names: no folders, addresses, lists of requirements. */
export function listInstalled(text: string): Installed[] {
  const found: Installed[] = [];
  for (const match of text.slice(0, MAX_LENGTH).matchAll(INSTALL)) {
    if (found.length >= MAX_COMMANDS) break;
    const registry = match[1] === undefined ? "npm" : "pypi";
    const [word = ""] = (match[2] ?? "").trim().split(/\s+/).filter(isNoSwitch);
    const name = withoutVersion(word, registry);
    if (isPackageName(registry, name)) found.push({ registry, name });
  }
  return found;
}

/** A switch that stands before a package's name and changes nothing about it. */
function isNoSwitch(word: string): boolean {
  return !/^(?:-U|-q|--upgrade|--user|--quiet|--pre|--system|--force|--no-cache-dir)$/.test(word);
}

function withoutVersion(word: string, registry: Registry): string {
  const name = registry === "npm" ? /^(?:@[\w.-]{1,100}\/)?[\w.-]{1,214}/ : /^[\w.-]{1,200}/;
  return name.exec(word.replace(/^["']/, ""))?.[0] ?? "";
}
