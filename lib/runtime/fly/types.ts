/** The settings of the Fly runtime. */
export interface FlySettings {
  /** The API's base, without `/v1` and without a slash at its end. */
  apiHostname: string;
  /** The organization's token. Secret. */
  token: string;
  /** The organization's slug. */
  org: string;
  /** The region of machines whose deployment names none. */
  region: string;
  /** mcp-host's image; null when none is set. */
  image: string | null;
  /** An app's public address, with `{app}` in place of its name. */
  publicUrlTemplate: string;
}
