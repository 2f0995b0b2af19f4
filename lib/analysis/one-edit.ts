/** Where two texts differ, with what each of them has there. */
export interface Difference {
  from: number;
  left: string;
  right: string;
}

/** Returns the difference of two texts between the beginning and the end that they share. */
export function differenceOf(left: string, right: string): Difference {
  let from = 0;
  while (from < Math.min(left.length, right.length) && left[from] === right[from]) from += 1;
  let [leftEnd, rightEnd] = [left.length, right.length];
  while (leftEnd > from && rightEnd > from && left[leftEnd - 1] === right[rightEnd - 1]) {
    leftEnd -= 1;
    rightEnd -= 1;
  }
  return { from, left: left.slice(from, leftEnd), right: right.slice(from, rightEnd) };
}

/** Returns whether a difference is one letter: added, left out, changed, or swapped with the one beside it. */
export function isOneEdit({ left, right }: Difference): boolean {
  const isSwapped = left.length === 2 && right === `${left[1]}${left[0]}`;
  return isSwapped || (left !== right && left.length <= 1 && right.length <= 1);
}
