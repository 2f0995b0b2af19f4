const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID; PostgreSQL refuses to compare its ids with anything else. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
