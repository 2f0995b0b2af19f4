const MIN_PASSWORD_LENGTH = 12;
/** A longer password would only make hashing and these checks slower. */
export const MAX_PASSWORD_LENGTH = 200;

/**
 * The most used passwords without their decoration: digits, punctuation, letters written as digits. Guessing programs try
 * combinations of these words first, however long they are.
 */
const COMMON_WORDS = [
  "abc|abcd|abcdef|access|admin|administrator|angel|apple|asdf|asdfgh|asdfghjkl|autumn|baseball|basketball|batman|changeme",
  "charlie|chocolate|christmas|computer|cookie|corona|default|donald|dragon|flower|football|freedom|friday|god|google|guest",
  "hallo|hello|hunter|iloveyou|internet|jesus|jordan|killer|king|letmein|liverpool|login|love|lovely|manager|master|matrix",
  "michael|mine|minecraft|monday|money|monkey|mustang|my|mypass|mypassword|naruto|new|ninja|one|p|pass|passphrase|passwd",
  "password|passwort|please|pokemon|princess|purple|qazwsx|qazwsxedc|qwe|qwer|qwert|qwerty|qwertyuiop|qwertz|root|samsung",
  "secret|server|shadow|spring|starwars|summer|sunday|sunshine|superman|system|temp|test|testing|the|this|trustno|user|war",
  "welcome|whatever|winter|word|world|you|your|zaq|zxc|zxcv|zxcvbn|zxcvbnm|catwalk",
].flatMap((line) => line.split("|"));

const DECORATION = /[\s\d\p{P}\p{S}]/u;

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

/** Rows of keyboards, the alphabet and the digits. */
const SEQUENCES = [
  "0123456789012345678901234567890",
  "abcdefghijklmnopqrstuvwxyzabcdefghijklm",
  "qwertyuiopasdfghjklzxcvbnm",
];

/**
 * Returns why a new password is refused, as a sentence for the person, or null. Length is what counts: no mixture of characters
 * is demanded (NIST SP 800-63B, 5.1.1.2). Runs in the browser too. Its time is linear in the password.
 *
 * @param email the account's address, which the password must not repeat
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
  const characters = [...password];
  const first = characters.findIndex((character) => !DECORATION.test(character));
  const last = characters.findLastIndex((character) => !DECORATION.test(character));
  const letters = (first < 0 ? [] : characters.slice(first, last + 1))
    .map((character) => LOOKALIKES[character] ?? character)
    .join("")
    .replace(/[^\p{L}]/gu, "");
  return consistsOfCommonWords(letters);
}

/**
 * Tells whether letters are nothing but common words in a row. Marks every position that words can reach: a regular expression
 * of words that contain each other ("my", "mypassword") would try all combinations, which takes exponential time.
 */
function consistsOfCommonWords(letters: string): boolean {
  const isReachable = [true];
  for (let start = 0; start < letters.length; start++) {
    if (!isReachable[start]) continue;
    for (const word of COMMON_WORDS) if (letters.startsWith(word, start)) isReachable[start + word.length] = true;
  }
  return isReachable[letters.length] ?? false;
}

/** Tells whether a password repeats one to four characters. */
function hasShortPeriod(password: string): boolean {
  for (let period = 1; period <= 4; period++) {
    const unit = password.slice(0, period);
    if (unit.repeat(Math.ceil(password.length / period)).startsWith(password)) return true;
  }
  return false;
}
