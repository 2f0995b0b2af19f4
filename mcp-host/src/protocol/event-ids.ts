/** Reads an event id made by an EventStream. */
export function parseEventId(id: string): { key: number; seq: number } | null {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(id);
  return match === null ? null : { key: Number(match[1]), seq: Number(match[2]) };
}
