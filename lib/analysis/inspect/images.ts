import { type FileSet, isWithin, type TextFile } from "../fetch/files.ts";
import { isGoReleaser, isWorkflow } from "../fetch/release-files.ts";
import { type LaunchFinding, warning } from "../inputs/findings.ts";
import { readShownImages } from "../readers/shown-images.ts";
import {
  type ReleasedImage,
  readBuildImages,
  readGoReleaserImages,
  readWorkflowImages,
  toImageName,
} from "../readers/workflow-images.ts";
import type { Warning } from "../spec.ts";
import type { Subject } from "../types.ts";
import { nearestFiles } from "./nearest-files.ts";
import type { RepositoryPackage } from "./repository-packages.ts";

/** A container image that runs a server. */
interface Image {
  /** Without its tag; Docker Hub's own prefix is left out, as people write it. */
  name: string;
  tag: string | null;
  args: string[];
}

/**
 * Returns the image that runs a server which no package does, with what a person is told of it.
 *
 * @param found commands that run this server, all of its documentation's, the READMEs, the package of the repository whose code is the
 *   server, and the server's arguments; `absent`: the files name a package that does not exist, either as the one to install
 *   ("announced"), or only as their own name ("named")
 */
export function chooseImage(
  set: FileSet,
  subject: Subject,
  found: {
    launches: LaunchFinding[];
    shown: LaunchFinding[];
    readmes: TextFile[];
    absent: "announced" | "named" | null;
    isNetworkOnly: boolean;
    unit: RepositoryPackage | null;
    args: string[];
  },
): (Image & { warning: Warning }) | null {
  const folder = found.unit?.folder ?? subject.folder;
  // Files that name a package which is not there are no proof of an image, unless it is their owner's.
  const published =
    (found.absent === null ? publishedImage(found.launches, found.readmes) : null) ??
    (found.isNetworkOnly ? null : ownImageShown(found, subject, folder));
  if (published) {
    const message = `It is published as a container image (${published.name}), which Catwalk does not run.`;
    return { ...published, warning: warning("container_image_only", message) };
  }
  if (found.absent === "announced") return null;
  if (found.readmes.some(installsPackage) || found.launches.some(({ registry }) => /^(npm|pypi)$/.test(registry)))
    return null;
  const released = releasedImage(set, subject, folder, found.absent === null ? 1 : RANK_OF_REPOSITORY);
  if (!released) return null;
  const message = `Only its release (${released.path.slice(0, 300)}) says that it is published, as a container image (${released.image}). Nothing tells how to run that, and Catwalk runs no images.`;
  return { name: released.image, tag: null, args: found.args, warning: warning("container_image_only", message) };
}

/**
 * Returns the image that a server is published as: the one that server.json declares, else one that documentation runs. An
 * image without a registry or an owner exists only where it was built, as does one that the documentation tells to build.
 */
function publishedImage(launches: LaunchFinding[], readmes: TextFile[]): Image | null {
  const images = launches.filter((launch) => launch.registry === "oci" && launch.package !== null);
  const declared = images.find((launch) => launch.provenance.from === "server.json");
  const shown = images.find(
    (launch) => (launch.package ?? "").includes("/") && !isBuilt(launch.package ?? "", readmes),
  );
  const found = declared ?? shown;
  return found?.package ? toImage(found.package, found.args) : null;
}

/**
 * Returns the image of the repository's owner that documentation pulls, links to, or runs in any way, also over the network. A name that
 * documentation runs may be one that it builds.
 */
function ownImageShown(
  found: { launches: LaunchFinding[]; shown: LaunchFinding[]; readmes: TextFile[] },
  subject: Subject,
  folder: string,
): Image | null {
  const run = found.shown.flatMap((launch) => (launch.registry === "oci" && launch.package ? [launch.package] : []));
  const written = [
    ...found.readmes.flatMap(readShownImages),
    ...run.map((image) => ({ image, isPulled: false })),
  ].filter(({ image, isPulled }) => isPulled || !isBuilt(toImage(image, []).name, found.readmes));
  const named = written.flatMap(({ image }) => {
    const name = toImageName(image);
    return name === null ? [] : [{ image: name, context: null, written: image }];
  });
  const own = ownImage(named, subject, folder, RANK_OF_NAME);
  if (own === null) return null;
  const sameName = (launch: LaunchFinding) =>
    launch.registry === "oci" && toImageName(toImage(launch.package ?? "", []).name) === own.image;
  const { name, tag } = toImage(own.written, []);
  return { name: name.toLowerCase(), tag, args: found.launches.find(sameName)?.args.slice(0, 100) ?? [] };
}

/** Documentation that installs a package from a registry runs the server in another way, though no file of the repository makes that package. */
function installsPackage({ text }: TextFile): boolean {
  return /^[ \t]{0,20}(?:\$ )?(?:(?:python3? -m )?pip3? install|pipx install|uv (?:tool|pip) install|npm (?:install|i) (?:-g|--global)) (?!-r|-e|--editable|\.|")[\w@]/m.test(
    text,
  );
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

/**
 * Returns the image that nothing but the repository's release names, with the file that does so.
 *
 * @param folder of the server
 * @param least the lowest rank that counts
 */
function releasedImage(set: FileSet, subject: Subject, folder: string, least: number): ReleasedImage | null {
  const { owner, repository: name } = subject.source;
  if (!owner || !name) return null;
  const repository = { owner, name };
  const named = [
    ...[...set.files.values()]
      .filter(({ path }) => isWorkflow(path))
      .flatMap((file) => readWorkflowImages(file, repository)),
    ...nearestFiles(set, folder, isGoReleaser).flatMap((file) => readGoReleaserImages(file, repository)),
    ...nearestFiles(set, folder, isBuildFile).flatMap(readBuildImages),
  ];
  const own = ownImage(named, subject, folder, least);
  return own && { ...own, image: own.image.replace(/^docker\.io\//, "") };
}

/** The ranks of an image whose own name tells that it is a server, and of one that has the repository's name. */
const RANK_OF_NAME = 2;
const RANK_OF_REPOSITORY = 3;

/**
 * Returns the one image that fits the server best. Only an image of the repository's owner: anyone can write another's name into their
 * files.
 *
 * @param named images with their registry's host
 * @param least the lowest rank that counts: 3 for the repository's own name, 2 for another of an MCP server, 1 for what is built here
 */
function ownImage<Named extends { image: string; context: string | null }>(
  named: Named[],
  { source }: Subject,
  folder: string,
  least: number,
): Named | null {
  const { owner, repository: name } = source;
  if (!owner || !name) return null;
  const wanted = [name, ...(folder === "" ? [] : [folder.slice(folder.lastIndexOf("/") + 1)])].map(plain);
  const rank = ({ image, context }: Named): number => {
    const last = image.slice(image.lastIndexOf("/") + 1);
    const isNamed = wanted.includes(plain(last));
    if (!isNamed && OTHER_IMAGE.test(last)) return 0;
    // What is built from another folder is another program.
    const isBuiltHere = context === null || context === folder || (context !== "" && isWithin(context, folder));
    if (isNamed) return 3;
    return isBuiltHere || /mcp/.test(last) ? (/mcp/.test(last) ? 2 : 1) : 0;
  };
  const own = named.filter((one) => plain(one.image.split("/")[1] ?? "") === plain(owner) && rank(one) >= least);
  const best = own.filter((one) => rank(one) === Math.max(...own.map(rank)));
  // One image in several registries has one name.
  const names = new Set(best.map(({ image }) => image.slice(image.lastIndexOf("/") + 1)));
  // Only on ghcr.io does an owner's name belong to the owner of the GitHub repository.
  const [first] = best.toSorted((a, b) => Number(isOfGitHub(b)) - Number(isOfGitHub(a)));
  return names.size === 1 && first ? first : null;
}

function isOfGitHub({ image }: { image: string }): boolean {
  return image.startsWith("ghcr.io/");
}

/** Images that help to build, to test or to show a server. */
const OTHER_IMAGE = /(^|[-_.])(dev|ci|base|builder|build|tests?|docs?|website|web|ui|frontend|cache|example|demo)$/;

function isBuildFile(path: string): boolean {
  return /(^|\/)(pom\.xml|build\.gradle(\.kts)?|[^/]{1,100}\.csproj)$/.test(path);
}

/** Names as registries compare them: some take no hyphens. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
