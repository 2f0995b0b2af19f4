/** The name of an app's only machine. Fly keeps names unique within an app. */
export const MACHINE_NAME = "server";

/** Metadata keys of a machine: its owner and what it was made from. Not secret. */
export const METADATA_KEYS = {
  deployment: "catwalk_deployment",
  installation: "catwalk_installation",
  /** Digest of the configuration as Catwalk wrote it, to detect drift. */
  config: "catwalk_config",
  /** Keyed digest of the app's secrets as Catwalk set them. */
  secrets: "catwalk_secrets",
} as const;

/**
 * Builds the name of a deployment's app. Names are shared by all of Fly; this one shows an operator which installation and
 * deployment the app belongs to.
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
 * Builds the app name of a deployment's secondary machine. Names are never reused: resolvers may still cache an app that was just
 * deleted, or its absence.
 */
export function buildSecondaryAppName(app: string, number: number): string {
  const [prefix, installation, id] = app.split("-");
  return `${prefix}-${installation}-${id}-${number}`;
}

/** Returns the deployment that this installation made an app for; null for any other app. */
export function parseDeploymentId(installation: string, app: string): string | null {
  const [prefix, owner, id, number, ...rest] = app.split("-");
  if (prefix !== "cw" || owner !== installation || rest.length > 0) return null;
  if (number !== undefined && !/^\d{1,10}$/.test(number)) return null;
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(id ?? "");
  return parts?.slice(1).join("-") ?? null;
}

/** Builds an app's public address. @param template has `{app}` in place of the name */
export function buildPublicUrl(template: string, app: string): string {
  return template.replaceAll("{app}", app).replace(/(?<!\/)\/+$/, "");
}
