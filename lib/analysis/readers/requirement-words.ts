import { withoutEmphasis } from "./markdown.ts";

const MAX_LENGTH = 5_000;

/** A network transport of the server, as prose names it. */
const NETWORK_MODE = /\b(https?|sse|streamable[- ]http|websocket) (server )?(mode|transports?|deployments?)\b/i;

/** What every use of a server is: "Required for tool calls to succeed". */
const NEEDED_FOR_ALL =
  /(?<!not )\brequired[, (–—-]{1,4}(?:for|by) (?:all |any |every |the )?(?:(?:tool|api) calls?|requests?|calls|api access|server|everything)\b/i;

/** A demand with a condition, or of something else than a value: "required when …", "mandatory, only for …", "Required scopes". */
const CONDITIONAL =
  /\b(?:required|mandatory)\s(?:if|when|for|unless|with|in|only|by)\b|\b(?:required|mandatory)[,(;–—-]{0,2}\s?[(–—-]{0,2}\s?(?:if|when|unless|only|except)\b|\b(?:required|mandatory) (?:scopes?|permissions?|roles?)\b|one of|either\b|alternative|conditionally/i;

/** What is demanded beside another setting only: "Mandatory list. Requires `WRITE_ENABLED=true`." */
const WITH_OTHER =
  /\b(?:requires?|needs?|together with|only with) [`"']?[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){1,8}[`"']?\s?=/i;

/** What is demanded while a switch is on, which is off at first: "Required when `VISION_ENABLED=true`". */
const WITH_SWITCH =
  /\b(?:required|mandatory|needed)[,;]? (?:if|when|with|while) [`"']?[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){1,8}[`"']? ?(?:=|is|set to|is set to) ?[`"']?(?:true|1|yes|on|enabled)\b/i;

const OPTIONAL =
  /\boptional(ly)?\b|\b(?:not|never|isn't|aren't) (?:required|mandatory|needed)\b|\bdefaults?(?:\s+(?:to|is)\b|\s{0,2}[:=])/i;

/** What the program does by itself: "inferred from the address if not provided", "if omitted, all are read". */
const WITHOUT_IT = /\b(?:if|when|unless) (?:it is )?(?:not (?:provided|set|given|specified)|omitted|unset|empty)\b/i;
const BY_ITSELF =
  /\b(?:inferred|detected|derived|taken|determined|generated|discovered|resolved|auto-?detected|infer|detect|derive|uses?|defaults?|falls? back|takes?|(?:is|are) (?:read|used|shown|listed|searched|included|allowed))\b/i;

function doesWithout(text: string): boolean {
  return text.split(/[.;]/, MAX_SENTENCES).some((one) => WITHOUT_IT.test(one) && BY_ITSELF.test(one));
}

const MAX_SENTENCES = 100;

const LEFT_UNSET = /\bleave \S{1,90} (?:unset|empty|blank)\b/i;

const DEMANDED =
  /\((required|mandatory)[),;:]|, ?(required|mandatory)\)|^[^\p{L}\p{N}]{0,10}(required|mandatory)\b|[:—-]\s?(required|mandatory)\b|\bis (required|mandatory)\b|\[(required|mandatory)\]|,\s?required\b|\brequired[.:]/iu;

/** Japanese, Chinese and Korean write the word in brackets, in front of what they say, or behind a comma at its end. */
const ASIAN =
  /(?:[（(【[「]|[，,、；;]\s?(?=\S{2}[。.]?$))\s?(?:(必填|必需|必须|必須|필수)|可选|可選|选填|選填|任意|선택)|^[\s:：—–-]{0,5}(?:(必填|必需|必须|必須|필수)|可选|可選|选填|選填|任意|선택)(?=$|[\s，,。.：:；;）)、])/;
const ASIAN_CONDITION = /如果|仅|僅|当|當|場合|のみ|경우/;

/**
 * Returns whether prose calls something required or optional without a condition, else null. What it demands for a network transport
 * says nothing of stdio. Emphasis makes no difference: "**Required** for file tools" has a condition.
 */
export function requiredInText(written: string): boolean | null {
  const isEmphasized = /\*\*(required|mandatory)\*\*/i.test(written.slice(0, MAX_LENGTH));
  const text = withoutEmphasis(written.slice(0, MAX_LENGTH)).replaceAll(/\s+/g, " ").trim();
  if (NETWORK_MODE.test(text)) return null;
  const asian = ASIAN.exec(text);
  if (asian) return ASIAN_CONDITION.test(text) ? null : (asian[1] ?? asian[2]) !== undefined;
  // One of the values: "DISABLED, REQUIRED, VERIFY_CA".
  if (/\bREQUIRED ?[,|/] ?[A-Z]{2}|[A-Z]{2} ?[,|/] ?[A-Z_]{2,20} ?[,|/] ?REQUIRED\b/.test(text)) return null;
  if (NEEDED_FOR_ALL.test(text)) return true;
  if (WITH_SWITCH.test(text)) return false;
  if (CONDITIONAL.test(text) || WITH_OTHER.test(text)) return null;
  if (OPTIONAL.test(text) || LEFT_UNSET.test(text) || doesWithout(text)) return false;
  return isEmphasized || DEMANDED.test(text) ? true : null;
}

/** Returns what the value of an example says of itself: "your key (optional)", "<required>". */
export function requiredInValue(value: string): boolean | null {
  const text = value.slice(0, 200);
  if (!/[\s<([{,]/.test(text)) return null;
  const plain = withoutEmphasis(text);
  if (/\boptional\b/i.test(plain)) return false;
  return /^\W{0,3}required\b|\(required\)/i.test(plain) && !CONDITIONAL.test(plain) ? true : null;
}

const CONDITION_IN_HEADING =
  /\b(if|when|for|unless|not|only|or|with|permissions?|scopes?|roles?|tools?|software|parameters?|dependencies|versions?)\b/i;

/** Words of a sentence that demands something, in three forms: "must be set", "requires the following", "make sure that … are set". */
const MUST_SET =
  /\b(?:must|need to|needs to|have to) (?:also )?(?:be )?(?:set|provided?|configured?|specify|specified|exported?|defined?|supply|supplied)\b/i;
const NEEDS = /\b(?:requires?|needs?|will need|'ll need)\b/i;
const MAKE_SURE = /\b(?:make sure|ensure)\b/i;
const IS_SET = /\b(?:is|are) (?:set|configured|defined|provided)\b/i;
const OF_VARIABLES = /\b(?:variables?|env(?:ironment)?|vars?|credentials)\b/i;
const NO_PLAIN_DEMAND =
  /\b(if|when|for|unless|not|only|or|either|one of|depending|tests?|recommended|may|can|could|might|optionally)\b/i;

/** Returns what a heading or a label says of the values below it: "Required variables", "**Optional:**". */
export function requiredInHeading(heading: string): boolean | null {
  const text = withoutEmphasis(heading.slice(0, 200));
  if (/\b(optional|additional|advanced)\b/i.test(text)) return false;
  if (/可选|可選|选填|選填|任意|オプション|선택/.test(text)) return false;
  const isAsian = /必填|必需|必须|必須|필수/.test(text) && !ASIAN_CONDITION.test(text);
  const isDemand = isAsian || /\b(required|mandatory)\b/i.test(text);
  return isDemand && !CONDITION_IN_HEADING.test(text) ? true : null;
}

/** Returns whether a line demands what the list below it names: "The following variables must be set:". */
export function isDemandingLead(line: string): boolean {
  const text = withoutEmphasis(line.slice(0, 200)).trimEnd();
  if (!/[:：]$/.test(text)) return false;
  const isDemand = MUST_SET.test(text) || NEEDS.test(text) || (MAKE_SURE.test(text) && IS_SET.test(text));
  return isDemand && OF_VARIABLES.test(text) && !NO_PLAIN_DEMAND.test(text);
}
