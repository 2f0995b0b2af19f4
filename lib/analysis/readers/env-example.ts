import type { TextFile } from "../fetch/files.ts";
import { type Findings, type InputFinding, noFindings } from "../inputs/findings.ts";
import { isEnvName } from "../inputs/input-names.ts";
import { isPlaceholder } from "../inputs/placeholders.ts";
import { requiredInText } from "./requirement-words.ts";

const MAX_VARIABLES = 300;
/** A comment that stands above several variables: "# Required", "# ===== Optional settings =====". */
const LABEL =
  /^\s{0,20}#[#=\-*\s]{0,100}(required|mandatory|optional)(?: (?:settings|variables|configuration))?:?[#=\-*\s]{0,100}$/i;

/**
 * Reads an example `.env` file: its variables, with the comments above and after them. A variable that is commented out
 * is optional.
 */
export function readEnvExample(file: TextFile): Findings {
  const inputs: InputFinding[] = [];
  let comments: string[] = [];
  let label: { required: boolean; isFramed: boolean } | null = null;
  file.text.split(/\r?\n/).forEach((line, index) => {
    const pair = /^\s*(#\s?)?(?:export\s+)?([A-Z][A-Z0-9_]{1,99})\s*=\s*(.*)$/s.exec(line);
    if (
      pair?.[2] &&
      isEnvName(pair[2]) &&
      inputs.length < MAX_VARIABLES &&
      (pair[1] === undefined || !/\s\w+\s\w+/.test(pair[3] ?? ""))
    ) {
      const { value, comment } = splitValue(pair[3] ?? "");
      const about = [...comments, comment]
        .filter((part) => part !== "")
        .join(" ")
        .slice(0, 1_000);
      const stands = isPlaceholder(value, pair[2]);
      inputs.push({
        key: pair[2],
        target: "env",
        evidence: "shown",
        provenance: { from: "env-example", where: `${file.path}:${index + 1}` },
        required: pair[1] === undefined ? (requiredInText(about) ?? label?.required ?? null) : false,
        description: about === "" ? null : about,
        placeholder: stands && value !== "" ? value.slice(0, 200) : null,
        default: stands ? null : value.slice(0, 1_000),
      });
      comments = [];
      return;
    }
    const remark = /^\s*#+\s?(.*)$/s.exec(line);
    const isFramed = /^\s{0,20}#\s{0,5}[=#*-]{3}/.test(line) && /\w/.test(line);
    const said = LABEL.exec(line)?.[1]?.toLowerCase();
    // A label holds up to the next blank line, one in a frame up to the next frame.
    if (said !== undefined) label = { required: said !== "optional", isFramed };
    else if (label !== null && (label.isFramed ? isFramed : line.trim() === "")) label = null;
    if (said !== undefined) return;
    if (remark?.[1] !== undefined && !/^[=\-#*\s]*$/.test(remark[1])) comments.push(remark[1].trim());
    else if (line.trim() === "") comments = [];
  });
  return { ...noFindings(), inputs };
}

function splitValue(text: string): { value: string; comment: string } {
  const quoted = /^(["'])(.*?)\1\s*(?:#\s*(.*))?$/s.exec(text.trim());
  if (quoted) return { value: quoted[2] ?? "", comment: quoted[3] ?? "" };
  const plain = /^(.*?)(?:(?:^|\s)#\s*(.*))?$/s.exec(text.trim());
  return { value: (plain?.[1] ?? "").trim(), comment: plain?.[2] ?? "" };
}
