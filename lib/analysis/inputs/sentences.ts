const MAX_CHARACTERS = 2_000;

/**
 * Writes a description as whole sentences: without Markdown, with a capital at its beginning and a full stop at its end. Returns ""
 * where it says no more than the input's name, or is only a piece of a sentence.
 *
 * @param label the input's name as people read it
 */
export function toSentences(description: string, label: string): string {
  const plain = description
    .slice(0, MAX_CHARACTERS)
    .replace(/[`*]/g, "")
    .replace(/\[([^[\]]{1,200})\]\([^()\s]{1,500}\)/g, "$1")
    .replace(/^[\s:–—-]{1,20}/, "")
    .replace(/^\((?:required|optional)\)[\s.:,–—-]{0,5}/i, "")
    // The end of a parenthesis that the name stood in: "NAME env var): Creates …".
    .replace(/^[^()\n]{1,40}\)[.:,]?\s(?=\S)/, "")
    // Lines that part an example's sections, and the marks of its headings.
    .replace(/[-=]{3,200}|[─━═]{2,200}/g, " ")
    .replace(/^\s{0,10}#{1,6}\s/, "")
    .replace(/\s+/g, " ")
    .trim();
  if (saysNothing(plain, label) || isFragment(plain) || isAboutFile(plain)) return "";
  const first = /^[a-z][a-z']*(?=[\s,.;:]|$)/.test(plain) ? plain.charAt(0).toUpperCase() + plain.slice(1) : plain;
  return /[.!?:…)\]"”'’]$/.test(first) ? first.replace(/:$/, ".") : `${first}.`;
}

const DANGLING = /(?:^|\s)(?:if|and|or|the|a|an|when|unless|than|then)[.,;:]?$/i;

/** Returns whether a text is a piece of a sentence: "/ OTHER_NAME ), if", cut out of a list of names. */
function isFragment(text: string): boolean {
  return /^[/),.;|&+=\]}]/.test(text) || DANGLING.test(text.slice(-20));
}

/** Returns whether a text says where to write the value rather than what it is: "In .env file", "Add to your .bashrc". */
function isAboutFile(text: string): boolean {
  return (
    /^(?:in|add(?: this| these| it)?(?: variables?)? to|copy(?: this)?(?: file)? (?:to|as)|create|edit|put(?: it)? in)\b.{0,40}(?:\.env\b|\.bashrc|\.zshrc|shell profile)/i.test(
      text,
    ) || /^[A-Z][A-Z0-9_]{2,60}=/.test(text)
  );
}

const FILLER = /^(?:your|the|a|an|my|this|value|of|for|to|set|enter|optional|required|here|is|be)$/;

/** Returns whether a text has no word that the label has not, such as "Your API key" for "API key". */
function saysNothing(text: string, label: string): boolean {
  const words = (of: string) =>
    of
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== "");
  const known = new Set(words(label));
  return words(text).every((word) => known.has(word) || FILLER.test(word));
}
