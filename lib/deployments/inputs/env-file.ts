// Shared by the browser and the server: it must import nothing of Node.

/**
 * Parses the text of a `.env` file as people paste it: `KEY=VALUE` lines, `export` in front, single, double or back quotes over
 * one or several lines, `#` comments, any line ends. It expands nothing and skips other lines.
 */
export function parseEnvText(text: string): Record<string, string> {
  const values = new Map<string, string>();
  const lines = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  const entry =
    /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*(?:"((?:\\[\s\S]|[^"\\])*)"|'([^']*)'|`([^`]*)`|([^\n]*))[^\n]*$/gm;
  for (const [, key = "", double, single, back, bare] of lines.matchAll(entry)) {
    values.set(
      key,
      double === undefined ? (single ?? back ?? parseBareValue(bare ?? "")) : unescapeDoubleQuoted(double),
    );
  }
  return Object.fromEntries(values);
}

function parseBareValue(text: string): string {
  return text.replace(/(^|[ \t])#.*/s, "").trim();
}

function unescapeDoubleQuoted(text: string): string {
  return text.replace(/\\([nrt"\\$`])/g, (_, letter: string) => ({ n: "\n", r: "\r", t: "\t" })[letter] ?? letter);
}
