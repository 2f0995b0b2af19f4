const MIN_PASSWORD_LENGTH = 12;
/** Nobody should have to wait for, or pay for, the hash of a book. */
export const MAX_PASSWORD_LENGTH = 200;

/**
 * What is left of the most used passwords once their decoration (digits, punctuation, letters written as digits) is
 * taken off. A password that is nothing but such words is among the first that anybody tries, however long it is.
 */
const COMMON_WORDS = [
  "abc|abcd|abcdef|access|admin|administrator|angel|apple|asdf|asdfgh|asdfghjkl|autumn|baseball|basketball|batman|changeme",
  "charlie|chocolate|christmas|computer|cookie|corona|default|donald|dragon|flower|football|freedom|friday|god|google|guest",
  "hallo|hello|hunter|iloveyou|internet|jesus|jordan|killer|king|letmein|liverpool|login|love|lovely|manager|master|matrix",
  "michael|mine|minecraft|monday|money|monkey|mustang|my|mypass|mypassword|naruto|new|ninja|one|p|pass|passphrase|passwd",
  "password|passwort|please|pokemon|princess|purple|qazwsx|qazwsxedc|qwe|qwer|qwert|qwerty|qwertyuiop|qwertz|root|samsung",
  "secret|server|shadow|spring|starwars|summer|sunday|sunshine|superman|system|temp|test|testing|the|this|trustno|user|war",
  "welcome|whatever|winter|word|world|you|your|zaq|zxc|zxcv|zxcvbn|zxcvbnm|catwalk",
].join("|");

const ONLY_COMMON_WORDS = new RegExp(`^(?:${COMMON_WORDS})*$`);

const LOOKALIKES: Record<string, string> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};

/** Rows of keyboards and the orders that everybody knows. */
const SEQUENCES = [
  "0123456789012345678901234567890",
  "abcdefghijklmnopqrstuvwxyzabcdefghijklm",
  "qwertyuiopasdfghjklzxcvbnm",
];

/**
 * What is wrong with a new password, as a sentence for the person, or null. Length is what counts; no mixture of characters is
 * demanded (NIST SP 800-63B, 5.1.1.2). Pure: the browser asks the same.
 *
 * @param email the account's, which a password may not repeat
 */
export function findPasswordProblem(password: string, email = ""): string | null {
  const normal = password.normalize("NFKC");
  const length = [...normal].length;
  if (length < MIN_PASSWORD_LENGTH) return `Use at least ${MIN_PASSWORD_LENGTH} characters.`;
  if (password.length > MAX_PASSWORD_LENGTH || normal.length > MAX_PASSWORD_LENGTH) {
    return `Use at most ${MAX_PASSWORD_LENGTH} characters.`;
  }
  const lower = normal.toLowerCase();
  const account = email.trim().toLowerCase();
  if (account && (lower === account || lower === account.split("@")[0]))
    return "Use something other than your e-mail address.";
  if (isCommon(lower)) return "This is one of the first passwords that anybody tries. Use another.";
  return null;
}

function isCommon(password: string): boolean {
  if (hasShortPeriod(password)) return true;
  if (SEQUENCES.some((row) => row.includes(password) || [...row].reverse().join("").includes(password))) return true;
  const bare = password.replace(/[\s\d\p{P}\p{S}]+$/u, "").replace(/^[\s\d\p{P}\p{S}]+/u, "");
  const letters = [...bare]
    .map((character) => LOOKALIKES[character] ?? character)
    .join("")
    .replace(/[^\p{L}]/gu, "");
  return ONLY_COMMON_WORDS.test(letters);
}

/** Whether it is the same few characters again and again. */
function hasShortPeriod(password: string): boolean {
  for (let period = 1; period <= 4; period++) {
    const unit = password.slice(0, period);
    if (unit.repeat(Math.ceil(password.length / period)).startsWith(password)) return true;
  }
  return false;
}
