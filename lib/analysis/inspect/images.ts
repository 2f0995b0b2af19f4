import { type FileSet, isWithin, type TextFile } from "../fetch/files.ts";
import { isGoReleaser, isWorkflow } from "../fetch/release-files.ts";
import { type LaunchFinding, warning } from "../inputs/findings.ts";
import { startsOverNetwork } from "../readers/dockerfile.ts";
import { listInstalled } from "../readers/install-commands.ts";
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
import type { RepositoryPackage } from "./repository-package.ts";
import { isNamedLikeFolder, sharesName } from "./telling-words.ts";

/** A container image that runs a server. */
interface Image {
  /** Without its tag; Docker Hub's own prefix is left out, as people write it. */
  name: string;
  tag: string | null;
  args: string[];
}

/** What is known of a server when its image is looked for. */
export interface ImageEvidence {
  /** Commands that run this server. */
  launches: LaunchFinding[];
  /** All commands of its documentation. */
  shown: LaunchFinding[];
  readmes: TextFile[];
  /** The files name a package that does not exist, either as the one to install ("announced"), or only as their own name ("named"). */
  absent: "announced" | "named" | null;
  isNetworkOnly: boolean;
  /** Code of the server was found. */
  hasSource: boolean;
  /** The package of the repository whose code is the server. */
  unit: RepositoryPackage | null;
  /** The server's arguments. */
  args: string[];
}

/** Returns the image that runs a server which no package does, with what a person is told of it. */
export function chooseImage(
  set: FileSet,
  subject: Subject,
  found: ImageEvidence,
): (Image & { warning: Warning }) | null {
  const folder = found.unit?.folder ?? subject.folder;
  // An image that starts its server over the network does so wherever nothing shows another command.
  const isServed = nearestFiles(set, folder, isDockerfile).some(startsOverNetwork);
  // What speaks MCP over the network alone does not do so in a container either.
  const shown = found.isNetworkOnly ? { own: null, other: null } : shownImages(found, subject, folder);
  const other = shown.other ?? (found.isNetworkOnly || isServed ? null : otherImagePulled(found, subject, folder));
  // Files that name a package which is not there are no proof of an image, unless it is their owner's, or they publish it themselves, or the
  // package is only their own name and the documentation takes the image from its registry.
  const isProven = ({ name }: Image) =>
    found.absent === null ||
    (found.absent === "named" && pulledImages(found).some((image) => toImageName(image) === toImageName(name))) ||
    releasedImages(set, subject, folder).some(({ image }) => image === toImageName(name));
  const published =
    (found.absent === null ? (declaredImage(found.launches) ?? shown.own) : null) ??
    (found.isNetworkOnly || isServed ? null : ownImageShown(found, subject, folder)) ??
    (other && isProven(other) ? other : null);
  if (published) {
    const message = `It is published as a container image (${published.name}), which Catwalk does not run.`;
    return { ...published, warning: warning("container_image_only", message) };
  }
  if (found.absent === "announced" || found.isNetworkOnly || isServed) return null;
  if (found.readmes.some(installsPackage) || found.launches.some(({ registry }) => /^(npm|pypi)$/.test(registry)))
    return null;
  const released = releasedImages(set, subject, folder);
  const own = ownImage(released, subject, folder, found.absent === null ? 1 : RANK_OF_REPOSITORY);
  if (!own) return null;
  const image = own.image.replace(/^docker\.io\//, "");
  const message = `Only its release (${own.path.slice(0, 300)}) says that it is published, as a container image (${image}). Nothing tells how to run that, and Catwalk runs no images.`;
  return { name: image, tag: null, args: found.args, warning: warning("image_of_release", message) };
}

function isDockerfile(path: string): boolean {
  return /(^|\/)dockerfile$/i.test(path);
}

/** Returns the image that server.json declares. */
function declaredImage(launches: LaunchFinding[]): Image | null {
  const declared = launches.find(({ registry, provenance }) => registry === "oci" && provenance.from === "server.json");
  return declared?.package ? toImage(declared.package, declared.args) : null;
}

/** An account or a registry that each reader has to fill in: "your-registry/thing", "docker.io/username/thing". */
const STANDS_FOR_ACCOUNT =
  /(?:^|\/)(?:your|my)?[-_]?(?:docker|dockerhub|ghcr|github)?[-_]?(?:registry|user(?:name)?|org(?:anization)?|account|name|repo)\//i;

/**
 * Returns the images that documentation runs as this server: the first of the repository's owner, and the first of another account. An image
 * without a registry or an owner exists only where it was built, as does one that the documentation tells to build.
 */
function shownImages(
  { launches, readmes, hasSource }: ImageEvidence,
  subject: Subject,
  folder: string,
): { own: Image | null; other: Image | null } {
  const images = launches.filter(
    (launch) =>
      launch.registry === "oci" &&
      (launch.package ?? "").includes("/") &&
      !STANDS_FOR_ACCOUNT.test(launch.package ?? "") &&
      !isBuilt(launch.package ?? "", readmes) &&
      (hasSource || !isOverNetwork(launch)),
  );
  const first = (wanted: "own" | "other"): Image | null => {
    const launch = images.find((one) => accountOf(one, subject, folder) === wanted);
    return launch?.package ? toImage(launch.package, launch.args) : null;
  };
  return { own: first("own"), other: first("other") };
}

/**
 * Returns whose image a command runs as this server, or null where its name is another program's, such as the product that the server speaks
 * to. Products often have images of the same owner, and a server's image often belongs to another account of its owner.
 */
function accountOf(
  launch: Pick<LaunchFinding, "package" | "isConfiguration">,
  subject: Subject,
  folder: string,
): "own" | "other" | null {
  const { owner, repository: name } = subject.source;
  if (!owner || !name) return null;
  const parts = toImage(launch.package ?? "", [])
    .name.toLowerCase()
    .split("/");
  const path = /[.:]/.test(parts[0] ?? "") ? parts.slice(1) : parts;
  const isNamed = namesOfServer(subject, folder).includes(plain(path.at(-1) ?? ""));
  const isOwn = plain(path[0] ?? "") === plain(owner);
  const isOfServer = /mcp/.test((isOwn ? path.slice(1) : path).join("/"));
  if (isOwn) return isNamed || isOfServer || launch.isConfiguration ? "own" : null;
  // On ghcr.io an account's name is that of GitHub: copies of a repository show the image of the original.
  if (parts[0] === "ghcr.io") return null;
  const isRelated = isNamed || sharesName(path.join("/"), `${owner}/${name}/${folder}`);
  return (isOfServer && isRelated) || (isNamed && launch.isConfiguration) ? "other" : null;
}

/** A command that nothing but the network reaches says of no other way to start the image. */
function isOverNetwork(launch: LaunchFinding): boolean {
  return launch.isListening === true && !launch.isConfiguration;
}

/**
 * Returns the image of the repository's owner that documentation pulls, links to, or runs in any way, also over the network. A name that
 * documentation runs may be one that it builds.
 */
function ownImageShown(found: ImageEvidence, subject: Subject, folder: string): Image | null {
  const run = found.shown.flatMap((launch) =>
    launch.registry === "oci" && launch.package && (found.hasSource || !isOverNetwork(launch)) ? [launch.package] : [],
  );
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

/** The images that documentation takes from a registry, or links to there. */
function pulledImages({ readmes }: ImageEvidence): string[] {
  return readmes.flatMap(readShownImages).flatMap(({ image, isPulled }) => (isPulled ? [image] : []));
}

/** Returns the first of those images that belongs to another account, and is named like a server of this repository. */
function otherImagePulled(found: ImageEvidence, subject: Subject, folder: string): Image | null {
  const repository = `${subject.source.repository}/${folder}`;
  const isOther = (image: string) =>
    accountOf({ package: image, isConfiguration: false }, subject, folder) === "other" &&
    toImageName(image) !== null &&
    sharesName(image.slice(image.lastIndexOf("/") + 1), repository);
  const image = pulledImages(found).find(isOther);
  return image === undefined ? null : toImage(image, []);
}

/** Documentation that installs a package from a registry runs the server in another way, though no file of the repository makes that package. */
function installsPackage({ text }: TextFile): boolean {
  return listInstalled(text).length > 0;
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
 * Returns the images that the repository's release publishes, with the file that does so.
 *
 * @param folder of the server
 */
function releasedImages(set: FileSet, subject: Subject, folder: string): ReleasedImage[] {
  const { owner, repository: name } = subject.source;
  if (!owner || !name) return [];
  const repository = { owner, name };
  return [
    ...[...set.files.values()]
      .filter(({ path }) => isWorkflow(path))
      .flatMap((file) => readWorkflowImages(file, repository)),
    ...nearestFiles(set, folder, isGoReleaser).flatMap((file) => readGoReleaserImages(file, repository)),
    ...nearestFiles(set, folder, isBuildFile).flatMap(readBuildImages),
  ];
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
  subject: Subject,
  folder: string,
  least: number,
): Named | null {
  const { owner, repository: name } = subject.source;
  if (!owner || !name) return null;
  const wanted = namesOfServer(subject, folder);
  const isOfFolder = (last: string) =>
    subject.folder === "" || isNamedLikeFolder(last, subject.folder, `${owner}/${name}`);
  const rank = ({ image, context }: Named): number => {
    const last = image.slice(image.lastIndexOf("/") + 1);
    const isNamed = wanted.includes(plain(last));
    if (!isNamed && OTHER_IMAGE.test(last)) return 0;
    // What is built from another folder is another program.
    const isBuiltHere = context === null || context === folder || (context !== "" && isWithin(context, folder));
    const isBuiltElsewhere =
      folder !== "" && context !== null && context !== "" && !isWithin(context, folder) && !isWithin(folder, context);
    if (isNamed) return isBuiltElsewhere ? 0 : 3;
    if (!isOfFolder(last)) return 0;
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

/** The names that an image of the server may have as its own: the repository's, and that of the server's folder. */
function namesOfServer(subject: Subject, folder: string): string[] {
  const repository = subject.source.repository ?? "";
  const last = folder.slice(folder.lastIndexOf("/") + 1);
  // Of a repository whose folder a person named, the name may be another program's.
  const isWhole = subject.folder === "" || /mcp/i.test(repository);
  return [isWhole ? repository : "", last].map(plain).filter((name) => name !== "");
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
