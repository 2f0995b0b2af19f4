/** Returns the comment after a line of code, or the comment lines right above it. */
export function commentAt(lines: readonly string[], line: number, mark: "//" | "#"): string | null {
  const code = lines[line - 1] ?? "";
  const behind = code.indexOf(` ${mark} `);
  if (behind > 0) return clean(code.slice(behind + mark.length + 2));
  const above: string[] = [];
  for (let index = line - 2; index >= 0 && above.length < 4; index -= 1) {
    const text = (lines[index] ?? "").trim();
    const comment = mark === "#" ? /^#+\s?(.*)$/s.exec(text) : /^(?:\/\/+|\/?\*+)\s?(.*?)(?:\*\/)?$/s.exec(text);
    // Bundlers mark where a module begins.
    if (!comment || /^#(?:end)?region\b/.test(comment[1] ?? "")) break;
    above.unshift(comment[1] ?? "");
  }
  return above.length > 0 ? clean(above.join(" ")) : null;
}

/** What the code does, as against what a value is for: "Get the token from the environment", "If not found, try …". */
const NARRATION =
  /^(?:if|first|then|next|now|try|check|get|load|read|fetch|parse|init|initiali[sz]e|validate|verify|ensure|create|make|build|extract|retrieve|determine|convert|handle|import|define|add|override|prioriti[sz]e|fall ?back)\b/i;

function clean(comment: string): string | null {
  const text = comment.replace(/\s+/g, " ").trim();
  if (NARRATION.test(text)) return null;
  return text.length < 4 || /eslint|biome|ts-ignore|prettier|noqa|pylint|type: ignore|[=*-]{4,}|^\W+$/.test(text)
    ? null
    : text.slice(0, 500);
}
