/**
 * Returns a value that exists once in the process. Next instantiates a module in each bundle, so a module's own variables exist
 * several times.
 *
 * @param name unique in the process
 * @param create called at the first call
 */
export function processWide<T>(name: string, create: () => T): T {
  const holder = globalThis as typeof globalThis & Record<symbol, unknown>;
  const slot = Symbol.for(`catwalk.${name}`);
  if (!(slot in holder)) holder[slot] = create();
  return holder[slot] as T;
}
