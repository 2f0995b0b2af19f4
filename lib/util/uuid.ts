const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Tells whether a text is a UUID. PostgreSQL rejects a query that compares an id with anything else. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
