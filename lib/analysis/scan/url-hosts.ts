import { isEnvName } from "../inputs/input-names.ts";
import type { Project } from "./project.ts";

/** A name within a template, as the three languages write it: `${config.host}`, `{self.host}`, `{host!s}`. A user may stand before the host. */
const AT_HOST = /\bhttps?:\/\/\$?\{\s*([\w$.?!]{1,80})(?![^\s"'`/]{0,80}@)/g;
const AT_BASE = /["'`]\$?\{\s*([\w$.?!]{1,80})\s*\}\/[a-z]/gi;
/** `{CONFIG["host"]}/items`, with or without a scheme before it. */
const AT_ENTRY = /(?:["'`]|\bhttps?:\/\/)\$?\{\s{0,3}[\w$.]{1,80}\[["'](\w{1,80})["']\]\s{0,3}\}\/?[a-z.]/gi;
const BASE_NAME = /(url|uri|host|hostname|endpoint|base|domain|instance|site|server|addr|address|origin|gateway)$/i;
const MAX_NAMES = 500;

/**
 * Lists the names that a file puts where a URL has its host: `https://${domain}/api`, f"{self.base_url}/rest". Without a value for
 * one of them no request can be made.
 *
 * @returns the last part of each name: "domain", "base_url"
 */
export function listUrlHosts(text: string): Set<string> {
  const names = new Set<string>();
  const add = (written: string) => {
    const last = written.replace(/[!?]/g, "").split(".").at(-1);
    if (last && names.size < MAX_NAMES) names.add(last);
  };
  for (const [, written = ""] of text.matchAll(AT_HOST)) add(written);
  for (const [, written = ""] of text.matchAll(AT_BASE)) if (BASE_NAME.test(written)) add(written);
  return names;
}

/** Lists the names of dictionaries' entries that a file puts where a URL has its host: "host" of f"{CONFIG['host']}/items". */
export function listUrlEntries(text: string): Set<string> {
  const names = [...text.matchAll(AT_ENTRY)].map(([, name = ""]) => name).filter((name) => BASE_NAME.test(name));
  return new Set(names.slice(0, MAX_NAMES));
}

/**
 * Returns the variables that stand where the files put the host of a URL, and have nothing in their place.
 *
 * @param names names that stand there, their last parts
 */
export function findUrlHosts(project: Project, names: Iterable<string>): Set<string> {
  const keys = new Set<string>();
  for (const name of names) {
    const held = project.constants.get(name) ?? project.fields.get(name) ?? project.locals.get(name);
    if (held?.kind === "atom") keys.add(held.key);
    else if (held === undefined && isEnvName(name)) keys.add(name);
  }
  return keys;
}
