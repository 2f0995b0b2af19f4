/** Returns whether two names have a telling word in common. */
export function sharesName(name: string, other: string): boolean {
  const known = new Set(tellingWords(other));
  return tellingWords(name).some((word) => known.has(word));
}

/**
 * Returns whether a name is that of a folder of a repository: it has a word that neither the repository's name nor other folders have.
 * For a folder such as `packages/mcp-server` any name of an MCP server is.
 *
 * @param slug "owner/name" of the repository
 */
export function isNamedLikeFolder(name: string, folder: string, slug: string): boolean {
  const general = new Set(tellingWords(slug));
  const last = folder.slice(folder.lastIndexOf("/") + 1);
  const words = tellingWords(last).filter((word) => !general.has(word) && !PLACE.test(word));
  return words.length === 0 ? /mcp/i.test(name) : words.some((word) => tellingWords(name).includes(word));
}

/** Names of folders that only say what kind of thing is in them. */
const PLACE = /^(apps?|packages?|src|lib|main|cmd|integrations?|python|typescript|javascript|java|node|rust|dotnet)$/;

/** Words that most servers' names have. */
const COMMON = /^(mcp|server|servers|client|cli|tools?|modelcontextprotocol|the)$/;

/** Returns the words of a name that tell what it is of, in lower case. "thingmcpserver" runs them together. */
function tellingWords(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => (COMMON.test(word) ? word : word.replace(/(?<=.{3})mcp(?:server)?$/, "")))
    .filter((word) => word.length > 2 && !COMMON.test(word));
}
