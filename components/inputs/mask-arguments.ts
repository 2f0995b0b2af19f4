const SECRET_WORDS = new Set("key apikey token secret password passwd pwd auth credential credentials pat".split(" "));
const DOTS = "••••••";

/**
 * Returns a command's arguments as a page may show them: the value of a flag that names a secret, and a password in a URL, as dots.
 * People write them into arguments though fields are there for them.
 */
export function maskArguments(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const before = args[index - 1] ?? "";
    if (isSecretFlag(before) && !arg.startsWith("-")) return DOTS;
    const equals = arg.indexOf("=");
    if (equals > 0 && isSecretFlag(arg.slice(0, equals))) return `${arg.slice(0, equals + 1)}${DOTS}`;
    return maskPassword(arg);
  });
}

function isSecretFlag(arg: string): boolean {
  const words = arg.split(/[-_]|(?<=[a-z])(?=[A-Z])/);
  return arg.startsWith("-") && arg.length < 100 && SECRET_WORDS.has((words.at(-1) ?? "").toLowerCase());
}

/** Hides what stands between ":" and "@" in the authority of a URL. */
function maskPassword(arg: string): string {
  const start = arg.indexOf("://");
  const end = arg.indexOf("@", start);
  const colon = arg.indexOf(":", start + 3);
  const slash = arg.indexOf("/", start + 3);
  const isPassword = start > 0 && colon > 0 && end > colon && (slash < 0 || end < slash);
  return isPassword ? `${arg.slice(0, colon + 1)}${DOTS}${arg.slice(end)}` : arg;
}
