/** A person's access to the deployment: a client that they connected, or an access key. */
export interface AccessEntry {
  kind: "client" | "key";
  id: string;
  name: string;
  /** The host of a client, or the beginning of a key. */
  detail: string;
  person: string;
  createdAt: string;
  lastUsedAt: string | null;
}
