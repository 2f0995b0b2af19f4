/** The end of an item that leads over to the values which a variable takes: "Currently supported:", "one of:", "Possible values:". */
const LEADS_TO_VALUES =
  /\b(?:supported|values?|one of|any of|options|choices|modes|levels|allowed|accepted|possible|available|valid|currently)\b[^.:]{0,40}:[\s*_]{0,4}$/i;
/** Names of further inputs, and not values. */
const LEADS_TO_INPUTS =
  /\b(?:variables?|keys|settings|credentials|parameters|flags|arguments)\b[^.:]{0,20}:[\s*_]{0,4}$/i;
/** A list's item that speaks of a variable or a flag. */
const NAMES_INPUT = /^[^`*]{0,40}[`*]{1,3}(?:--[a-z]|[A-Z][A-Z0-9_]{2})/;
const MAX_LINE = 2_000;

/** Returns the indexes of the lines whose items list the values of a variable that the item above them names. */
export function listNestedValues(lines: readonly string[]): ReadonlySet<number> {
  const found = new Set<number>();
  let leading: number | null = null;
  for (const [index, line] of lines.entries()) {
    const item = /^(\s{0,40})(?:[-*+]|\d{1,4}[.)])\s(.*)$/.exec(line.slice(0, MAX_LINE));
    const indent = item?.[1]?.length ?? 0;
    if (line.trim() === "") continue;
    if (leading !== null && (item ? indent : line.search(/\S/)) > leading) {
      if (item) found.add(index);
      continue;
    }
    const text = item?.[2] ?? "";
    const end = text.slice(-200);
    const isLead = NAMES_INPUT.test(text) && LEADS_TO_VALUES.test(end) && !LEADS_TO_INPUTS.test(end);
    leading = item && isLead ? indent : null;
  }
  return found;
}
