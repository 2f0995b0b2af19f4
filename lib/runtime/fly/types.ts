/** What the Fly runtime needs. */
export interface FlySettings {
  /** The API's base, without `/v1` and without a slash at its end. */
  apiHostname: string;
  /** The organization's token. Secret. */
  token: string;
  /** The organization's slug. */
  org: string;
  /** Where machines are made when a deployment names no region. */
  region: string;
  /** mcp-host's image; null when none is set. */
  image: string | null;
  /** An app's public address, with `{app}` in place of its name. */
  publicUrlTemplate: string;
}
