/** The name of a deployment's only machine, which Fly keeps unique within its app. */
export const MACHINE_NAME = "server";

/** Marks on a machine: whose it is, and what it was made from. They are no secret. */
export const METADATA_KEYS = {
  deployment: "catwalk_deployment",
  installation: "catwalk_installation",
  /** Digest of the configuration as it was written, to notice what others change. */
  config: "catwalk_config",
  /** Keyed digest of the app's secrets as they were set. */
  secrets: "catwalk_secrets",
} as const;

/**
 * The name of a deployment's app: names are shared by all of Fly, and whoever looks at an organization's apps sees which are
 * Catwalk's, of which installation, and for which deployment.
 *
 * @param installation 8 lower-case letters and digits
 * @param deploymentId a UUID
 * @throws TypeError when either is something else
 */
export function buildAppName(installation: string, deploymentId: string): string {
  if (!/^[a-z0-9]{8}$/.test(installation)) throw new TypeError("an installation's id must be 8 letters and digits");
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(deploymentId)) {
    throw new TypeError("a deployment's id must be a UUID");
  }
  return `cw-${installation}-${deploymentId.replaceAll("-", "")}`;
}

/**
 * The name of another app of the same deployment, for a machine that is to take the place of this one's. A name is never used
 * twice: one that was deleted a moment ago may still be known, or be unknown, to somebody's DNS.
 */
export function buildSecondaryAppName(app: string, number: number): string {
  const [prefix, installation, id] = app.split("-");
  return `${prefix}-${installation}-${id}-${number}`;
}

/** The deployment that an app of this installation was made for; null when its name is not of our making. */
export function parseDeploymentId(installation: string, app: string): string | null {
  const [prefix, owner, id, number, ...rest] = app.split("-");
  if (prefix !== "cw" || owner !== installation || rest.length > 0) return null;
  if (number !== undefined && !/^\d{1,10}$/.test(number)) return null;
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(id ?? "");
  return parts?.slice(1).join("-") ?? null;
}

/** The app's public address. @param template with `{app}` in place of its name */
export function buildPublicUrl(template: string, app: string): string {
  return template.replaceAll("{app}", app).replace(/\/+$/, "");
}
