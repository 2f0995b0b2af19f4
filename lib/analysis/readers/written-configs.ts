const MAX_LENGTH = 20_000;
const MAX_CONFIGURATIONS = 8;
/** Braces that are followed to their end. */
const MAX_TRIED = 100;
/** What makes an object a client's configuration, and no request or answer of an API. */
const OF_CLIENT = /["'](?:mcpServers|mcp_servers|context_servers|servers)["']\s{0,10}:/;

/**
 * Finds the configurations in a block of commands or of other text, as JSON: those that a command writes to a file
 * (`echo '{ "mcpServers": … }' > FILE`, `cat > FILE <<EOF`), and those with a line above that names the file.
 */
export function writtenConfigurations(block: string): string[] {
  const text = block.slice(0, MAX_LENGTH);
  const found: string[] = [];
  if (!OF_CLIENT.test(text)) return found;
  let tried = 0;
  for (let at = text.indexOf("{"); at >= 0 && found.length < MAX_CONFIGURATIONS; at = text.indexOf("{", at)) {
    const isTried = tried < MAX_TRIED && beginsObject(text, at);
    if (isTried) tried += 1;
    const end = isTried ? closingBrace(text, at) : -1;
    const object = end < 0 ? "" : text.slice(at, end + 1);
    const isOfClient = OF_CLIENT.test(object);
    if (isOfClient) found.push(object);
    at = isOfClient ? end + 1 : at + 1;
  }
  return found;
}

/** Returns whether a brace begins a text of its own: at the beginning of a line, or behind a quote. */
function beginsObject(text: string, at: number): boolean {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  return /^\s*$|['"]$/.test(text.slice(Math.max(lineStart, at - 200), at));
}

/** The end of an object, or -1. Braces in texts do not count. */
function closingBrace(text: string, start: number): number {
  let depth = 0;
  let isText = false;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (isText) {
      if (char === "\\") at += 1;
      else if (char === '"' || char === "\n") isText = false;
    } else if (char === '"') isText = true;
    else if (char === "{") depth += 1;
    else if (char === "}") {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}
