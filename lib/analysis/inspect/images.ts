import type { TextFile } from "../fetch/files.ts";
import type { LaunchFinding } from "../inputs/findings.ts";

/** A container image that runs a server. */
export interface Image {
  /** Without its tag; Docker Hub's own prefix is left out, as people write it. */
  name: string;
  tag: string | null;
  args: string[];
}

/**
 * Returns the image that a server is published as: the one that server.json declares, else one that documentation runs. An
 * image without a registry or an owner exists only where it was built, as does one that the documentation tells to build.
 *
 * @param isUnpublished the files name a package that does not exist, so that what they say of an image cannot be relied on
 */
export function publishedImage(launches: LaunchFinding[], readmes: TextFile[], isUnpublished: boolean): Image | null {
  const images = launches.filter((launch) => launch.registry === "oci" && launch.package !== null);
  if (isUnpublished) return null;
  const declared = images.find((launch) => launch.provenance.from === "server.json");
  const shown = images.find(
    (launch) => (launch.package ?? "").includes("/") && !isBuilt(launch.package ?? "", readmes),
  );
  const found = declared ?? shown;
  return found?.package ? toImage(found.package, found.args) : null;
}

function isBuilt(image: string, readmes: TextFile[]): boolean {
  return readmes.some((file) =>
    file.text.split("\n").some((line) => /\bdocker\s+(buildx\s+)?build\b/.test(line) && line.includes(image)),
  );
}

function toImage(written: string, args: string[]): Image {
  const [name = "", digest] = written.split("@");
  const tagged = /^(.+):([\w.${}-]+)$/.exec(name);
  const tag = digest ?? tagged?.[2] ?? null;
  return {
    name: (tagged?.[1] ?? name).replace(/^docker\.io\//, ""),
    tag: tag === null || /[${}]/.test(tag) ? null : tag.slice(0, 100),
    args: args.slice(0, 100),
  };
}
