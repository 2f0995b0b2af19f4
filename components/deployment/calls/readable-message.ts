/**
 * Makes a recorded message readable: indented JSON, of an event stream its data. A text that is cut off, or is neither, stays as it is.
 */
export function toReadableMessage(text: string): string {
  const data = text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trim())
    .filter(Boolean);
  const messages = data.length > 0 ? data : [text];
  return messages.map(indent).join("\n\n");
}

function indent(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
