import type { Input } from "../../analysis/spec.ts";
import { isOffered } from "../inputs/check-inputs.ts";
import type { StoredSpec } from "../inputs/stored-spec.ts";

const LOOPBACK_VALUE =
  /^(?:[a-z][\w+.-]{0,30}:\/\/)?(?:[^@/\s]{1,200}@)?(?:localhost|127\.0\.0\.1|\[?::1\]?)(?=[:/]|$)/i;
const LOOPBACK_REFUSED = /\b(?:localhost|127\.0\.0\.1)\b|::1\b/i;
const MAX_NAMED = 3;

/**
 * Returns a hint for a server that looks for a service on its own machine, because nothing says where else it is; null for others.
 *
 * @param line the line that tells why it exited, or null for a server that said nothing
 * @param given keys of the inputs that had a value
 */
export function explainLocalService(
  line: string | null,
  { inputs }: Pick<StoredSpec, "inputs">,
  given: ReadonlySet<string>,
): string | null {
  if (line !== null && !LOOPBACK_REFUSED.test(line)) return null;
  const names = inputs.filter((input) => isOpenAddress(input, given)).map(({ label, key }) => label || key);
  if (names.length === 0) return null;
  const which = new Intl.ListFormat("en", { type: "disjunction" }).format(names.slice(0, MAX_NAMED));
  const says =
    line === null
      ? "It said nothing before it exited. It may look for a service on its own machine"
      : "It looks for a service on its own machine";
  return `${says} unless ${which} says where else it is. Fill that in, then retry.`;
}

function isOpenAddress(input: Input, given: ReadonlySet<string>): boolean {
  if (given.has(input.key) || !isOffered(input)) return false;
  return input.default !== null && LOOPBACK_VALUE.test(input.default);
}
