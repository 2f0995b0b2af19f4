import { type CsvCell, formatCsvRow } from "../util/csv.ts";

/**
 * Answers with a CSV file that is written while it is read, so that its length costs no memory.
 *
 * @param name of the file, without its extension: letters, digits and hyphens
 * @param pages yields the rows in the order of the file, some at a time
 */
export function csvResponse(
  name: string,
  header: readonly string[],
  pages: AsyncIterable<readonly (readonly CsvCell[])[]>,
): Response {
  const encoder = new TextEncoder();
  const iterator = pages[Symbol.asyncIterator]();
  // The mark tells spreadsheets that the text is UTF-8.
  let head: string | null = `\ufeff${formatCsvRow(header)}`;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (head !== null) {
        controller.enqueue(encoder.encode(head));
        head = null;
        return;
      }
      const { done, value } = await iterator.next();
      if (done) return controller.close();
      controller.enqueue(encoder.encode(value.map(formatCsvRow).join("")));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${name}.csv"`,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}
