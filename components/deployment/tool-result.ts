/** One item of a tool's result. It comes from an untrusted server, so the page shows it as text or media only. */
export type ResultPart =
  | { kind: "text"; text: string }
  | { kind: "image"; source: string; mimeType: string; bytes: number }
  | { kind: "audio"; source: string; mimeType: string; bytes: number }
  | { kind: "link"; uri: string; name: string; description: string | null; mimeType: string | null }
  | { kind: "resource"; uri: string; mimeType: string | null; text: string | null; bytes: number }
  | { kind: "unknown"; json: string };

export type ToolOutcome =
  | { kind: "result"; isError: boolean; parts: ResultPart[]; structured: string | null }
  | { kind: "protocol-error"; code: number | null; message: string; data: string | null }
  | { kind: "unreadable"; json: string };

const MAX_PARTS = 200;

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const toText = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** Formats any value as JSON with line breaks. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? "null";
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function readMedia(
  item: Fields,
  family: "image" | "audio",
): { source: string; mimeType: string; bytes: number } | null {
  const { data, mimeType } = item;
  if (typeof data !== "string" || typeof mimeType !== "string") return null;
  const type = mimeType.toLowerCase();
  if (!new RegExp(`^${family}/[a-z0-9.+-]{1,60}$`).test(type)) return null;
  const compact = data.replace(/\s+/g, "");
  if (compact === "" || !BASE64.test(compact)) return null;
  return {
    source: `data:${type};base64,${compact}`,
    mimeType: type,
    bytes: Math.floor((compact.replace(/(?<!=)=+$/, "").length * 3) / 4),
  };
}

function readPart(item: unknown): ResultPart {
  const unknown: ResultPart = { kind: "unknown", json: formatJson(item) };
  if (!isFields(item)) return unknown;
  switch (item.type) {
    case "text":
      return typeof item.text === "string" ? { kind: "text", text: item.text } : unknown;
    case "image":
    case "audio": {
      const found = readMedia(item, item.type);
      return found ? { kind: item.type, ...found } : unknown;
    }
    case "resource_link":
      if (typeof item.uri !== "string") return unknown;
      return {
        kind: "link",
        uri: item.uri,
        name: toText(item.title) ?? toText(item.name) ?? item.uri,
        description: toText(item.description),
        mimeType: toText(item.mimeType),
      };
    case "resource":
      return isFields(item.resource) ? readResource(item.resource) : unknown;
    default:
      return unknown;
  }
}

function readResource(resource: Fields): ResultPart {
  const mimeType = toText(resource.mimeType);
  const uri = toText(resource.uri) ?? "";
  if (typeof resource.text === "string") {
    return {
      kind: "resource",
      uri,
      mimeType,
      text: resource.text,
      bytes: new TextEncoder().encode(resource.text).length,
    };
  }
  const image = readMedia({ data: resource.blob, mimeType: resource.mimeType }, "image");
  if (image) return { kind: "image", ...image };
  const bytes = typeof resource.blob === "string" ? Math.floor((resource.blob.length * 3) / 4) : 0;
  return { kind: "resource", uri, mimeType, text: null, bytes };
}

/** Reads the JSON-RPC response to a `tools/call`. */
export function readOutcome(response: unknown): ToolOutcome {
  if (!isFields(response)) return { kind: "unreadable", json: formatJson(response) };
  if (isFields(response.error)) {
    const { code, message, data } = response.error;
    return {
      kind: "protocol-error",
      code: typeof code === "number" ? code : null,
      message: toText(message) ?? "The server answered with an error without a message.",
      data: data === undefined ? null : formatJson(data),
    };
  }
  if (!isFields(response.result)) return { kind: "unreadable", json: formatJson(response) };
  const { content, isError, structuredContent } = response.result;
  const items = Array.isArray(content) ? content : [];
  const parts = items.slice(0, MAX_PARTS).map(readPart);
  if (items.length > MAX_PARTS) parts.push({ kind: "text", text: `… and ${items.length - MAX_PARTS} more items.` });
  return {
    kind: "result",
    isError: isError === true,
    parts,
    structured: structuredContent === undefined ? null : formatJson(structuredContent),
  };
}

export interface Progress {
  /** 0 to 1, or null when the server sends no total. */
  fraction: number | null;
  text: string;
}

/** Reads a `notifications/progress`. Returns null for any other message. */
export function readProgress(message: unknown): Progress | null {
  if (!isFields(message) || message.method !== "notifications/progress" || !isFields(message.params)) return null;
  const { progress, total, message: words } = message.params;
  if (typeof progress !== "number" || !Number.isFinite(progress)) return null;
  const known = typeof total === "number" && Number.isFinite(total) && total > 0;
  const count = known ? `${progress} of ${total}` : String(progress);
  const said = toText(words);
  return {
    fraction: known ? Math.min(1, Math.max(0, progress / total)) : null,
    text: said ? `${said} (${count})` : count,
  };
}
