const CONNECTOR_PATH = /^\/api\/mcp\/([^/?#]+)\/?(?:\?|$)/;

/** Returns the deployment's id from the path of a connector URL, with or without a slash at its end; null for any other path. */
export function parseConnectorPath(url: string): string | null {
  const id = CONNECTOR_PATH.exec(url)?.[1];
  if (id === undefined) return null;
  try {
    return decodeURIComponent(id);
  } catch {
    // No deployment has such an id, and the gateway says so.
    return id;
  }
}
