import type { TextFile } from "../fetch/files.ts";
import type { Input } from "../spec.ts";

/**
 * Lists the secrets that documentation calls optional by their words instead of their names: "Thing API Key (optional) for higher
 * limits" for THING_API_KEY, those that only raise a limit, and the inputs that it tells to leave out.
 */
export function listSaidOptional(inputs: readonly Input[], documentation: readonly TextFile[]): string[] {
  const raising = inputs.filter(
    (input) => input.secret && documentation.some(({ text }) => raisesLimit(text, input.key)),
  );
  const known = new Set(inputs.map(({ key }) => key));
  const left = documentation.flatMap(({ text }) => listLeftOut(text)).filter((key) => known.has(key));
  return [...raising.map(({ key }) => key), ...listCalledOptional(inputs, documentation), ...left];
}

/** "Most people leave `SESSION_SECRET` unset", "Omit API_KEY for public data". */
const LEFT_OUT =
  /\bleav(?:e|ing) [`"'*]{0,3}(\w{3,90})[`"'*]{0,3} (?:unset|empty|blank|undefined|out)\b|\bomit(?:ting)? [`"'*]{0,3}(\w{3,90})/gi;

function listLeftOut(text: string): string[] {
  return [...text.matchAll(LEFT_OUT)].slice(0, MAX_PARAGRAPHS).map((match) => match[1] ?? match[2] ?? "");
}

/** "Set GITHUB_TOKEN for higher rate limits": the server works without a token, within lower limits. */
const HIGHER_LIMIT =
  /\b(higher|increased?|raises?|bigger|larger|more generous|better)\b[^.]{0,60}\brate[- ]limit|\brate[- ]limits?\b[^.]{0,20}\b(increase|are higher)/i;
const MAX_PARAGRAPHS = 5_000;

function raisesLimit(text: string, key: string): boolean {
  return text
    .split(/\n[ \t]*\n/, MAX_PARAGRAPHS)
    .some((paragraph) => paragraph.includes(key) && paragraph.length < 1_000 && HIGHER_LIMIT.test(paragraph));
}

function listCalledOptional(inputs: readonly Input[], documentation: readonly TextFile[]): string[] {
  const secrets = inputs.filter((input) => input.secret && input.label.includes(" "));
  if (secrets.length === 0) return [];
  const texts = documentation.map(({ text }) => text.toLowerCase());
  return secrets.flatMap(({ key, label }) => {
    const words = label.toLowerCase();
    const isSaid = (text: string) =>
      [` (optional)`, `** (optional)`, ` [optional]`].some((note) => text.includes(words + note));
    return texts.some(isSaid) ? [key] : [];
  });
}
