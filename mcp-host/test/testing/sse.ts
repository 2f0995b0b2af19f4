import type { Rpc } from "./rpc.ts";

export interface SseEvent {
  id?: string;
  retry?: string;
  data?: string;
}

export function parseEvents(text: string): SseEvent[] {
  return text
    .split("\n\n")
    .map((block) => {
      const event: SseEvent = {};
      for (const line of block.split("\n")) {
        const match = /^(id|retry|data): ?(.*)$/.exec(line);
        if (match?.[1] !== undefined) event[match[1] as keyof SseEvent] = match[2] ?? "";
      }
      return event;
    })
    .filter((event) => Object.keys(event).length > 0);
}

export function messagesOf(events: SseEvent[]): Rpc[] {
  return events.flatMap((event) => (event.data ? [JSON.parse(event.data) as Rpc] : []));
}
