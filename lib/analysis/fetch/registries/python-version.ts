const VERSION_PATTERN =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?(\d*))?((?:-\d+)|(?:[-_.]?(?:post|rev|r)[-_.]?\d*))?([-_.]?dev[-_.]?\d*)?(?:\+([a-z\d]+(?:[-_.][a-z\d]+)*))?$/;
const PRE_RELEASES = new Map([
  ["a", 0],
  ["alpha", 0],
  ["b", 1],
  ["beta", 1],
]);
const RELEASE_CANDIDATE = 2;
const NO_PRE_RELEASE = 3;

/** A version of a Python distribution, ordered as the version specifiers' specification says. */
export interface PythonVersion {
  text: string;
  /** Neither a pre-release nor a development release. */
  isFinal: boolean;
  epoch: number;
  release: number[];
  /** Pre-release phase and number, post-release and development release, encoded so that they order as numbers. */
  suffix: number[];
  local: string[];
}

/** Parses a version. Returns null for any other text. */
export function parsePythonVersion(text: string): PythonVersion | null {
  const match = text.length > 100 ? null : VERSION_PATTERN.exec(text.trim().toLowerCase());
  if (!match) return null;
  const [, epoch = "0", release = "", phase, phaseNumber, post, dev, local] = match;
  const numbers = release.split(".").map(Number);
  while (numbers.length > 1 && numbers.at(-1) === 0) numbers.pop();
  const numberIn = (part: string) => Number(/(?<!\d)\d+$/.exec(part)?.[0] ?? 0);
  const phaseRank = phase === undefined ? NO_PRE_RELEASE : (PRE_RELEASES.get(phase) ?? RELEASE_CANDIDATE);
  // A development release orders before the first pre-release.
  const isDevOnly = dev !== undefined && phase === undefined && post === undefined;
  return {
    text,
    isFinal: phase === undefined && dev === undefined,
    epoch: Number(epoch),
    release: numbers,
    suffix: [
      isDevOnly ? -1 : phaseRank,
      Number(phaseNumber || 0),
      post === undefined ? -1 : numberIn(post),
      dev === undefined ? Number.POSITIVE_INFINITY : numberIn(dev),
    ],
    local: local?.split(/[-_.]/) ?? [],
  };
}

/** Compares two versions: negative when `a` is older, 0 when they are the same version written differently. */
export function comparePythonVersions(a: PythonVersion, b: PythonVersion): number {
  return (
    a.epoch - b.epoch ||
    compareLists(a.release, b.release) ||
    compareLists(a.suffix, b.suffix) ||
    compareLocal(a.local, b.local)
  );
}

function compareLists(a: number[], b: number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [left, right] = [a[index] ?? 0, b[index] ?? 0];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

function compareLocal(a: string[], b: string[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    if (left === right) continue;
    const [isNumber, isOtherNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (isNumber !== isOtherNumber) return isNumber ? 1 : -1;
    if (isNumber && Number(left) !== Number(right)) return Number(left) - Number(right);
    if (!isNumber) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}
