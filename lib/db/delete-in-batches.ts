/**
 * Repeats a delete that removes at most one batch of rows until nothing is left to remove. Each batch is a transaction of its own, so
 * that a table of millions of rows is never locked for long.
 *
 * @param deleteBatch deletes up to `batchSize` rows and returns their number
 * @param maxBatches ends a run that lasts too long; the next one continues
 * @returns the number of rows that were deleted
 */
export async function deleteInBatches(
  deleteBatch: (batchSize: number) => Promise<number>,
  { batchSize = 1_000, maxBatches = 1_000 }: { batchSize?: number; maxBatches?: number } = {},
): Promise<number> {
  let deleted = 0;
  for (let batch = 0; batch < maxBatches; batch++) {
    const count = await deleteBatch(batchSize);
    deleted += count;
    if (count < batchSize) break;
  }
  return deleted;
}
