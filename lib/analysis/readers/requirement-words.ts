/** A network transport of the server, as prose names it. */
const NETWORK_MODE = /\b(https?|sse|streamable[- ]http|websocket) (server )?(mode|transports?|deployments?)\b/i;

/** What every use of a server is: "Required for tool calls to succeed". */
const NEEDED_FOR_ALL =
  /(?<!not )\brequired (?:for|by) (?:all |any |every |the )?(?:(?:tool|api) calls?|requests?|calls|api access|server|everything)\b/i;

/**
 * Returns whether prose calls something required or optional without a condition, else null. What it demands for a network transport
 * says nothing of stdio.
 */
export function requiredInText(text: string): boolean | null {
  if (NETWORK_MODE.test(text)) return null;
  const chinese = /[（(【[]\s?(?:(必填|必需|必须|必須)|可选|可選|选填|選填|任意)/.exec(text);
  if (chinese) return chinese[1] !== undefined;
  // One of the values: "DISABLED, REQUIRED, VERIFY_CA".
  if (/\bREQUIRED ?[,|/] ?[A-Z]{2}|[A-Z]{2} ?[,|/] ?[A-Z_]{2,20} ?[,|/] ?REQUIRED\b/.test(text)) return null;
  if (NEEDED_FOR_ALL.test(text)) return true;
  if (
    /\b(required|mandatory)\s+(if|when|for|unless|with|in|only|by)\b|one of|either\b|alternative|conditionally/i.test(
      text,
    )
  )
    return null;
  if (/\boptional(ly)?\b|\bnot required\b|\bdefaults?\s+(to|is|:)/i.test(text)) return false;
  if (
    /\((required|mandatory)\)|\*\*required\*\*|^required\b|[:—-]\s*required\b|\bis required\b|\[required\]|,\s*required\b|\brequired[.:]/i.test(
      text,
    )
  )
    return true;
  return null;
}

/** Returns what the value of an example says of itself: "your key (optional)", "<required>". */
export function requiredInValue(value: string): boolean | null {
  const text = value.slice(0, 200);
  if (!/[\s<([{,]/.test(text)) return null;
  if (/\boptional\b/i.test(text)) return false;
  return /^\W{0,3}required\b|\(required\)/i.test(text) ? true : null;
}

/** Returns what a heading or a label says of the values below it: "Required variables", "**Optional:**". */
export function requiredInHeading(heading: string): boolean | null {
  const text = heading.slice(0, 200);
  if (/\b(optional|additional|advanced)\b/i.test(text)) return false;
  const isDemand = /\b(required|mandatory)\b/i.test(text);
  const isConditional =
    /\b(if|when|for|unless|not|only|or|with|permissions?|scopes?|roles?|tools?|software|parameters?|dependencies|versions?)\b/i.test(
      text,
    );
  return isDemand && !isConditional ? true : null;
}
