/** One server-sent event. JSON text holds no line ends, so one data line carries it whole. */
export function eventText(data: string, id: string | null = null): string {
  return `event: message\n${id === null ? "" : `id: ${id}\n`}data: ${data}\n\n`;
}

/** The end of a stream that its client is to open again at once. */
export const comeBack = "retry: 1000\n\n";
