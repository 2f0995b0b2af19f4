import type { TextFile } from "../fetch/files.ts";
import { codeBlocks } from "../readers/markdown.ts";
import type { Input } from "../spec.ts";

/**
 * Lists the secrets that documentation calls optional by their words instead of their names: "Thing API Key (optional) for higher
 * limits" for THING_API_KEY; those that only raise a limit; those of a way to sign in that is not the server's own; and all of them where
 * what is public needs none. Lists too the inputs that it tells people to leave out, or shows for an optional part of the server.
 */
export function listSaidOptional(inputs: readonly Input[], documentation: readonly TextFile[]): string[] {
  const isPublic = documentation.some(({ text }) => PUBLIC_BY_DEFAULT.test(text));
  const raising = inputs.filter(
    (input) => input.secret && (isPublic || documentation.some(({ text }) => raisesLimit(text, input.key))),
  );
  const known = new Set(inputs.map(({ key }) => key));
  const left = documentation
    .flatMap(({ text }) => [
      ...listLeftOut(text),
      ...listOfOptionalParts(text),
      ...listUnneeded(text),
      ...listDoneWithout(text),
    ])
    .filter((key) => known.has(key));
  return [
    ...raising.map(({ key }) => key),
    ...listCalledOptional(inputs, documentation),
    ...listOfOtherWays(inputs),
    ...left,
  ];
}

/** A setting that names the way to sign in. */
const WAY = /(?:^|_)(?:AUTH|LOGIN|CREDENTIAL)(?:ENTICATION)?_?(?:TYPE|METHOD|MODE|SCHEME|STRATEGY)$/i;
/** "Password for basic auth" */
const OF_WAY = /\b(?:for|with|in|using|used by) (?:the )?["'`]?(\w{2,30})["'`]?[ -]auth(?:entication|orization)?\b/i;

/** Lists the secrets of ways to sign in that a setting has to choose first, since the code takes another way by itself. */
function listOfOtherWays(inputs: readonly Input[]): string[] {
  const own = inputs.flatMap(({ key, default: way }) => (WAY.test(key) && way ? [way.toLowerCase()] : []));
  const [taken] = own;
  if (taken === undefined || own.length > 1) return [];
  return inputs.flatMap(({ key, secret, description }) => {
    const way = secret ? OF_WAY.exec(description.slice(0, 300))?.[1]?.toLowerCase() : undefined;
    return way !== undefined && !taken.includes(way) && !way.includes(taken) ? [key] : [];
  });
}

const LEFT_OUT = [
  // "Most people leave `SESSION_SECRET` unset"
  /\bleav(?:e|ing) [`"'*]{0,3}(\w{3,90})[`"'*]{0,3} (?:unset|empty|blank|undefined|out)\b/gi,
  // "Omit API_KEY for public data"
  /\bomit(?:ting)? [`"'*]{0,3}(\w{3,90})/gi,
  // "To go anonymously, set your `API_KEY` value to an empty string"
  /(?<!\b(?:not|never) |n't )\bset(?:ting)? (?:(?:your|the) )?[`"'*]{0,3}(\w{3,90})[`"'*]{0,3}(?: (?:value|variable))? to (?:an? )?[`(]{0,2}(?:empty|blank|""|'')/gi,
  // "Email lookup (if `API_EMAIL` is set)"
  /\((?:if|when) [`"'*]{0,3}(\w{3,90})[`"'*]{0,3} is (?:set|given|provided|present|defined|configured)\)/gi,
  // "`API_KEY` can be left empty." Only in some case, it may be needed in the others.
  /\b(\w{3,90})[`"'*]{0,3} (?:can|may) be (?:left (?:unset|empty|blank|out)|omitted|empty|unset)\b(?! (?:if|when|for|unless|with|in|on|by|only)\b)/gi,
];

function listLeftOut(text: string): string[] {
  return LEFT_OUT.flatMap((pattern) =>
    [...text.matchAll(pattern)].slice(0, MAX_PARAGRAPHS).map(([, name = ""]) => name),
  );
}

/** "To enable the optional search tool, add your key:" */
const OPTIONAL_PART = [
  /\b(?:enable|use|activate|turn on)\b/i,
  /\boptional\b/i,
  /\b(?:tools?|features?|integrations?|support|modes?|module)\b/i,
  /:\s{0,3}$/,
];
const NAME = /\b[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){1,8}\b/g;

/** Lists what only blocks for an optional part of the server have. */
function listOfOptionalParts(text: string): string[] {
  const lines = text.split(/\r?\n/, MAX_LINES);
  const ofParts = new Set<string>();
  const ofOthers = new Set<string>();
  for (const block of codeBlocks(text).slice(0, MAX_BLOCKS)) {
    const above = lines.slice(Math.max(block.line - 5, 0), block.line - 2).findLast((line) => line.trim() !== "");
    const into = hasInOrder((above ?? "").slice(0, 300), OPTIONAL_PART) ? ofParts : ofOthers;
    for (const [name] of block.text.slice(0, MAX_BLOCK_LENGTH).matchAll(NAME)) into.add(name);
  }
  return [...ofParts].filter((name) => !ofOthers.has(name));
}

/** Returns whether patterns match a text one behind the other. */
function hasInOrder(text: string, patterns: readonly RegExp[]): boolean {
  let rest = text;
  for (const pattern of patterns) {
    const at = rest.search(pattern);
    if (at < 0) return false;
    rest = rest.slice(at);
  }
  return true;
}

const MAX_LINES = 20_000;
const MAX_BLOCKS = 300;
const MAX_BLOCK_LENGTH = 20_000;

/** "Requires `A_KEY`. The other tools work without it." */
const WORKS_WITHOUT =
  /\bworks? (?:(?:fine|well|perfectly|normally|also) )?without (?:it|one|this|(?:an? |the |any )?(?:api )?(?:keys?|tokens?|credentials?|account))\b/i;
const NEGATION = /\b(?:nothing|none|not|never|hardly)\b|n't\b/i;

function saysUnneeded(paragraph: string): boolean {
  const at = paragraph.search(WORKS_WITHOUT);
  if (at < 0) return false;
  const [subject = ""] = paragraph
    .slice(Math.max(at - 60, 0), at)
    .split(".")
    .slice(-1);
  return !NEGATION.test(subject);
}

/** Lists the one variable of each paragraph that tells that the server works without it. */
function listUnneeded(text: string): string[] {
  return text.split(/\n[ \t]*(?:\n|(?=[-*+] ))/, MAX_PARAGRAPHS).flatMap((paragraph) => {
    if (paragraph.length > 1_000 || !saysUnneeded(paragraph)) return [];
    const names = new Set(Array.from(paragraph.matchAll(NAME), ([name]) => name));
    return names.size === 1 ? [...names] : [];
  });
}

/** "Without `A_KEY`, the server uses the public limits": it works. */
const WITHOUT_KEY =
  /(?:^|[.!?:\n*-]\s{0,3})(?:without|if no) (?:an? |the )?[`"'*]{0,3}(\w{3,90})[`"'*]{0,3}(?: is (?:set|given|provided))?,? ([^.\n]{1,200})/gim;
const FAILS =
  /\b(?:not|no|never|cannot|can't|won't|don't|doesn't|fails?|errors?|exits?|refus\w+|unavailable|disabled|reject\w*|must|need\w*|requir\w+|throws?|denied|unauthori[sz]ed|only|nothing|hidden|skipped|stops?)\b/i;

/** Lists the variables of which a sentence tells how the server works without them. */
function listDoneWithout(text: string): string[] {
  return [...text.matchAll(WITHOUT_KEY)]
    .slice(0, MAX_PARAGRAPHS)
    .flatMap(([, key = "", rest = ""]) => (/^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(key) && !FAILS.test(rest) ? [key] : []));
}

/** "By default this server can only query public content": no credential is needed for that. */
const PUBLIC_BY_DEFAULT =
  /\b(?:by default|without (?:authentication|credentials|an? (?:api )?(?:key|token|account)))\b[^.\n]{0,80}\bpublic(?:ly available)? (?:content|data|repositories|repos|projects|information|endpoints|resources|apis?)\b/i;

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
