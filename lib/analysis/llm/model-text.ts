import { isEnvName, upperName } from "../inputs/input-names.ts";
import { toPlainLine } from "../plain-text.ts";

/** Last labels of words with dots that are files, abbreviations or products rather than hosts. */
const NO_HOST = new Set(
  "js mjs cjs ts tsx jsx json jsonc yaml yml toml md txt env pem key crt cfg ini log py go rs kt cs net e i".split(" "),
);
/** Words of a label that say nothing of whose value it is. */
const GENERIC_WORDS = new Set(
  "API KEY TOKEN SECRET ID URL HOST PATH FILE USER NAME PASSWORD THE OF FOR AND YOUR ACCESS AUTH MCP SERVER".split(" "),
);
const OTHER_SECRET =
  /\b(seed phrase|recovery phrase|mnemonic|private key|wallet|credit card|card number|passport|social security|bank account|ssh key|id_rsa|root password|master password|one-time code)\b/i;

/**
 * Reduces a model's text to sentences that are safe to show beside a field. The model read hostile text, and a person trusts
 * what stands there: sentences with an address, or that speak of another secret, are left out.
 *
 * @param key the input that the text is about, or null for the server
 * @param known keys of all inputs
 */
export function toSafeText(
  text: string | null,
  maxLength: number,
  key: string | null,
  known: ReadonlySet<string>,
): string | null {
  if (text === null) return null;
  const sentences = toPlainLine(text, maxLength).split(/(?<=[.!?]) /);
  const safe = sentences.filter((one) => !hasAddress(one) && !namesOtherSecret(one, key, known)).join(" ");
  return safe === "" ? null : safe;
}

/** Returns a model's label where it shares a word with the input's name, so that it asks for nothing else. */
export function toSafeLabel(label: string | null, key: string, known: ReadonlySet<string>): string | null {
  const safe = toSafeText(label, 100, key, known);
  if (safe === null) return null;
  const own = upperName(key)
    .split("_")
    .filter((word) => word.length > 1 && !GENERIC_WORDS.has(word));
  const words = new Set(upperName(safe).split("_"));
  const squeezed = upperName(safe).replaceAll("_", "");
  return own.length === 0 || own.some((word) => words.has(word) || squeezed.includes(word)) ? safe : null;
}

function hasAddress(sentence: string): boolean {
  return sentence.split(/[\s()<>[\]{}"'`,;]+/).some((word) => {
    if (word.includes("://") || word.includes("@") || /^www\./i.test(word)) return true;
    const labels = (word.split(/[/:?#]/)[0] ?? "").split(".").filter((label) => label !== "");
    const last = labels.at(-1)?.toLowerCase() ?? "";
    const isHost = labels.length > 1 && last.length > 1 && /^[\p{L}-]+$/u.test(last) && !NO_HOST.has(last);
    return isHost || /^\d{1,3}(\.\d{1,3}){3}$/.test(labels.join("."));
  });
}

function namesOtherSecret(sentence: string, key: string | null, known: ReadonlySet<string>): boolean {
  const other = OTHER_SECRET.exec(sentence)?.[1];
  if (other !== undefined && !(key !== null && upperName(key).includes(upperName(other)))) return true;
  return sentence.split(/[^A-Za-z0-9_]+/).some((word) => word.includes("_") && isEnvName(word) && !known.has(word));
}
