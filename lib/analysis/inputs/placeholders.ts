import { isSecretName, upperName } from "./input-names.ts";

const WORD_PATTERN =
  /^(your|my|the|put|insert|enter|paste|replace|add|set|change|fill|redacted|secret|token|password|placeholder|example|dummy|sample|test|todo|tbd|none|null|undefined|optional|required|xxx+|\.{3}|…)\b|\b(here|goes[-_ ]here|changeme|change[-_]me|placeholder|redacted)\b|your[-_ .]?\w*|[-_](here|value|goes)$/i;

const SHAPE_PATTERN = [
  /^<.*>$/s,
  /^\[.*\]$/s,
  /^\{\{?.*\}\}?$/s,
  /^\$\{?.*\}?$/s,
  /^%\w+%$/,
  /^@\{.*\}$/,
  /\*{3,}/,
  /x{4,}/i,
  /\.{3,}/,
  /…/,
  /^(sk|pk|rk|pat|ghp|gho|github_pat|xox[abp]|ntn|secret|key|tok|tvly|fc|lin|sbp|hf|glpat|AKIA|AIza|Bearer)[-_ ]?[.\w-]*$/i,
  /(^|\/\/|@|\.)(example|your-?\w+|my-?\w+|company|acme|domain)\.(com|org|net|io|atlassian\.net|local)/i,
  /^(0{3,}|1234\d*|abc(def)?\d*|abc-?123\S*)$/i,
  /\/(path|absolute)\/to\//i,
  /^\/?(path|absolute)[/-_ ]to/i,
  /^\/Users\/|^\/home\/|^[A-Z]:\\/,
  /<[a-z][\w -]*>/i,
  /\$\{[^{}]+\}/,
];

/** What code prints in the place of a missing value: `process.env.CA || "not set"`, `|| "(not configured: set CA)"`. */
const NO_VALUE =
  /^\W?(?:not (?:set|configured|provided|specified|defined)\b|(?:unset|undefined|unknown|n\/a|missing)\W?$)|^[(（<[【]?(?:未设置|未配置|未設定|미설정)/i;

/** Returns whether a text only says that there is no value. */
export function isNoValue(text: string): boolean {
  return NO_VALUE.test(text.slice(0, 200));
}

const STAND_IN =
  /^(?:test|sample|example|my)[-_ ](?:api[-_ ]?)?(?:token|key|secret|password|value)$|^(?:dummy|fake|mock|placeholder|your|insert|enter|replace)[-_ ]|\byour[-_ ]|placeholder|replace[-_]?me|[-_]here$|^<.{1,100}>$/i;
const RESERVED_HOST = /(?:^|\/\/|@|\.)(?:example\.(?:com|org|net)|[\w-]{1,60}\.(?:example|invalid))(?:[:/]|$)/i;

/** Returns whether what code has in the place of a secret only marks the place: "test-token", "your_api_key_here", or its own name. */
export function isStandIn(text: string, key: string): boolean {
  return STAND_IN.test(text.slice(0, 200)) || upperName(text.slice(0, 200)) === upperName(key);
}

/** Returns whether an address leads nowhere, since its host is reserved for examples (RFC 2606). */
export function isReservedHost(text: string): boolean {
  return RESERVED_HOST.test(text.slice(0, 200));
}

/**
 * Returns whether a value is a placeholder that a person replaces, rather than one that works as written. For a secret, any
 * text counts as one: a real secret in a public file belongs to its author.
 *
 * @param value the value as written
 * @param key the input's name
 */
export function isPlaceholder(value: string, key: string): boolean {
  // Longer texts are not placeholders, and the patterns need a bound.
  const text = value.trim().slice(0, 500);
  if (text === "") return true;
  if (isSecretName(key) && !/^(true|false)$/i.test(text)) return true;
  if (WORD_PATTERN.test(text) || SHAPE_PATTERN.some((shape) => shape.test(text))) return true;
  const name = upperName(key);
  const written = upperName(text);
  // The value is the name itself or part of it: --api-key=STRIPE_SECRET_KEY.
  return written === name || (/^[A-Z][A-Z0-9_]+$/.test(text) && text.includes("_"));
}
