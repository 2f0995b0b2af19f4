import { isStarred } from "./footnotes.ts";
import { stripMarkdown, withoutEmphasis } from "./markdown.ts";

const YES =
  /^\P{L}{0,10}(yes|true|required|mandatory|always|y|x|ja|sí|sì|si|oui|sim|da|tak|ya|evet|có|да|是|必填|必须|必須|必需|必要|はい|예|네|필수|○|◯)(?!\p{L})[^\p{L}(*]{0,20}$/u;
const NO =
  /^\P{L}{0,10}(no|false|optional|nein|nee|non|não|nie|tidak|hayır|không|нет|否|不要|可选|可選|选填|任意|いいえ|아니오|아니요|선택|×)(?!\p{L})/u;
/** Names of signs as GitHub writes them, and the signs themselves. */
const CHECK_MARK = /^(✅|✓|✔|☑|🗸|:white_check_mark:|:heavy_check_mark:|:ballot_box_with_check:)\P{L}*$/u;
const CROSS = /^(❌|✗|✘|✖|⨯|-|–|—|:x:|:heavy_multiplication_x:|:negative_squared_cross_mark:|:heavy_minus_sign:|n\b)/u;

/**
 * Reads a plain yes or no in a cell. Returns null for conditions such as "yes, unless …".
 *
 * @param star what the note below says of cells with a star, which have a condition unless it says that there is none
 */
export function saysRequired(cell: string | null, star: boolean | null): boolean | null {
  if (cell === null) return null;
  const text = stripMarkdown(cell).toLowerCase();
  if (CROSS.test(text) || text === "") return false;
  const said = withoutEmphasis(cell).toLowerCase();
  if (YES.test(said) || CHECK_MARK.test(text)) return isStarred(cell) && star !== true ? null : true;
  return NO.test(text) || OF_ONE_USE.test(text) ? false : null;
}

/** What one use alone needs: "For writes", "Only for exports". */
const OF_ONE_USE =
  /^(?:only )?for (?!all\b|any\b|every|each|the\b|everything|authentication|auth\b|access\b|api\b)[a-z-]{3,20}$/;

/** Returns whether a cell says nothing but that a value is required or optional: "**Required**", "(optional)". */
export function isRemark(cell: string): boolean {
  return /^\W{0,5}(required|mandatory|optional)\W{0,5}$/i.test(withoutEmphasis(cell));
}
