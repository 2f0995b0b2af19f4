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
  /** The image of machines; null when none is set and Catwalk does not know its own. */
  image: string | null;
  /** The image is the one that this Catwalk runs from, rather than one of mcp-host alone. */
  isAppImage: boolean;
  /** An app's public address, with `{app}` in place of its name. */
  publicUrlTemplate: string;
}
