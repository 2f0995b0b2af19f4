/** Something that takes one of a limited number of places for its holder. */
export interface Placed {
  readonly holder: string;
  readonly lastUsedMs: number;
}

export interface PlaceTraits<T> {
  /** It is not in use. */
  isIdle(item: T): boolean;
  /** It is in use, but its client gets over its loss. */
  canYield(item: T): boolean;
}

/**
 * Chooses whose place another one gets when all are taken: of the holder with the most, the one that was used longest ago. A holder
 * never gives way to one that has more. So holders end up with equal shares of what they want.
 *
 * - What is idle gives way to a holder that has no more places.
 * - What only can yield gives way to a holder that has at least two fewer, so that two holders do not take places from each other in turn.
 *
 * @param holder the one that asks for a place
 * @returns null when there is none
 */
export function choosePlace<T extends Placed>(items: Iterable<T>, holder: string, traits: PlaceTraits<T>): T | null {
  const held = new Map<string, T[]>();
  for (const item of items) {
    const ofHolder = held.get(item.holder);
    if (ofHolder === undefined) held.set(item.holder, [item]);
    else ofHolder.push(item);
  }
  const own = held.get(holder)?.length ?? 0;
  const heaviestFirst = [...held.values()].sort((a, b) => b.length - a.length);
  return findOldest(heaviestFirst, own, traits.isIdle) ?? findOldest(heaviestFirst, own + 2, traits.canYield);
}

/** Of the heaviest holder with at least so many places and a fitting one, the one that was used longest ago. */
function findOldest<T extends Placed>(held: T[][], atLeast: number, fits: (item: T) => boolean): T | null {
  let oldest: T | null = null;
  let heaviest = 0;
  for (const items of held) {
    if (items.length < atLeast || (oldest !== null && items.length < heaviest)) break;
    for (const item of items) {
      if (!fits(item) || (oldest !== null && item.lastUsedMs >= oldest.lastUsedMs)) continue;
      oldest = item;
      heaviest = items.length;
    }
  }
  return oldest;
}
