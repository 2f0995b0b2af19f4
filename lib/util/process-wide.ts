/**
 * A value that exists once in the process. Next instantiates a module for each bundle that holds it, so that a module's own
 * variables would exist several times.
 *
 * @param name unique among all values of this kind
 * @param create makes the value at the first call
 */
export function processWide<T>(name: string, create: () => T): T {
  const holder = globalThis as typeof globalThis & Record<symbol, unknown>;
  const slot = Symbol.for(`catwalk.${name}`);
  if (!(slot in holder)) holder[slot] = create();
  return holder[slot] as T;
}
