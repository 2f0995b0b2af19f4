import type { TextFile } from "../fetch/files.ts";
import { toSentences } from "../inputs/sentences.ts";
import { toVisibleText } from "../plain-text.ts";
import type { Input } from "../spec.ts";

const MAX_LINES = 3_000;
const MAX_LENGTH = 300;
const GET = /\b(?:get|obtain|create|generate|request|sign up|register|find|grab|retrieve|copy|apply for)\b/i;
const CREDENTIAL =
  /\b(?:api[ -]?keys?|access keys?|(?:access |api |bot |auth |personal access )?tokens?|credentials?|secrets?)\b/i;
/** A sentence has a place to go to: an address, a link, a name behind "from" or "at", a path through menus. */
const PLACE = /https?:\/\/|\]\(|\b(?:from|at|in|on|via|visit)\b|→|>/i;
/** What commands, code and the server's own tools do is no advice, and neither is a denial or a hint at another place of the page. */
const OTHER =
  /\bno\b|\bnot\b|n['’]t\b|\b(?:here|below|above|this (?:link|page|guide|url))\b|[`{}$=|]|\btools?\b|\bendpoint\b|\bserver (?:gets|creates|generates)\b|\b(?:automatically|expires?|refresh\w*|cached?)\b/i;

/**
 * Describes the one credential of a server by the sentence of its documentation that says where to get it, where nothing else describes it.
 * With several credentials, a sentence has to name the one that it is about.
 *
 * @param inputs what a person is asked for
 * @param readmes the documentation, the nearest first
 */
export function describeCredentials(inputs: readonly Input[], readmes: readonly TextFile[]): Input[] {
  const secrets = inputs.filter(({ secret }) => secret);
  if (!secrets.some(({ description }) => description === "")) return [...inputs];
  const advice = readmes.flatMap(({ text }) => adviceIn(text));
  const isOnly = secrets.length === 1;
  return inputs.map((input) => {
    if (!input.secret || input.description !== "") return input;
    const own = advice.find(({ line }) => line.includes(input.key)) ?? (isOnly ? advice.find(isGeneral) : undefined);
    const description = own ? toSentences(toVisibleText(own.sentence), input.label) : "";
    return { ...input, description };
  });
}

interface Advice {
  line: string;
  sentence: string;
}

/** Whether a line is about no variable of its own. */
function isGeneral({ line }: Advice): boolean {
  return !/\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/.test(line);
}

function adviceIn(text: string): Advice[] {
  const found: Advice[] = [];
  let isFenced = false;
  for (const line of text.split("\n", MAX_LINES)) {
    if (/^\s{0,12}(?:```|~~~)/.test(line)) isFenced = !isFenced;
    else if (!isFenced && !/^\s{0,3}[#|>]/.test(line)) {
      const sentence = sentenceIn(line.slice(0, 1_000));
      if (sentence !== null) found.push({ line: line.slice(0, 1_000), sentence });
    }
  }
  return found;
}

/** The sentence of a line that says where to get a credential, or null. */
function sentenceIn(line: string): string | null {
  const plain = line
    .replace(/^\s{0,20}(?:[-*+]|\d{1,2}[.)])\s{1,5}/, "")
    .replaceAll(/\*\*|__/g, "")
    // A link whose words say nothing: "Get one [here](https://acme.dev/keys)".
    .replaceAll(/\[(?:here|this (?:link|page))\]\((https?:\/\/[^()\s]{1,200})\)/gi, "at $1");
  for (const sentence of plain.split(/(?<=[.!?])\s+(?=[A-Z])/)) {
    const words = sentence.replaceAll(/`[A-Z][A-Z0-9_]{2,100}`/g, "it");
    const isAdvice = GET.test(words.slice(0, 60)) && CREDENTIAL.test(words) && PLACE.test(words) && !OTHER.test(words);
    if (isAdvice && sentence.length <= MAX_LENGTH) return sentence;
  }
  return null;
}
