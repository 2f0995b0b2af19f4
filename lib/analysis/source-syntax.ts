// The browser imports this module too, to check what a person pastes. So its error is not an AppError, which knows every code.

import { isExactVersion, isPackageName } from "./package-names.ts";

/** A repository on GitHub. `refPath` follows `/tree/`: a ref, which may contain slashes, and a folder. */
export interface GitHubSource {
  kind: "github";
  owner: string;
  repository: string;
  refPath: string[];
  /** The last segment of `refPath` is a file (`/blob/`); its folder is meant. */
  isFile: boolean;
  canonical: string;
}

/** A package. For the kind "name" the registry is open: npm is asked first, then PyPI. */
export interface PackageSource {
  kind: "npm" | "pypi" | "name";
  name: string;
  version: string | null;
  canonical: string;
}

export type Source = GitHubSource | PackageSource;

const MAX_SOURCE_LENGTH = 1_000;
const OWNER_PATTERN = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})$/;
const REPOSITORY_PATTERN = /^[A-Za-z0-9._-]{1,100}$/;

const SOURCE_EXAMPLES = "a GitHub URL, owner/repository, an npm package (npm:NAME) or a PyPI package (pypi:NAME)";

/** Text that is no source: a sentence about it for the person, and another about what to do. */
export class SourceSyntaxError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = "SourceSyntaxError";
    this.hint = hint;
  }
}

function refuse(message: string, hint = `Paste ${SOURCE_EXAMPLES}.`): never {
  throw new SourceSyntaxError(message, hint);
}

/**
 * Reads what a person pasted. Looks nothing up, so a ref with slashes stays together with the folder after it, and a
 * bare name stays open between npm and PyPI.
 *
 * @throws SourceSyntaxError when it is no source
 */
export function readSource(text: string): Source {
  const pasted = text.trim();
  if (pasted === "") refuse("Paste the address of an MCP server.");
  if (pasted.length > MAX_SOURCE_LENGTH) refuse("That is too long to be an address.");
  if (/\p{Cc}|\s/u.test(pasted)) refuse("An address has no spaces or line breaks in it.");

  const scpLike = /^(?:ssh:\/\/)?git@github\.com[:/](.+)$/i.exec(pasted);
  if (scpLike?.[1]) return gitHubSource(scpLike[1].split("/"));
  if (/^(?:www\.)?github\.com\//i.test(pasted)) return fromUrl(`https://${pasted}`);

  const named = /^(npm|pypi):(.+)$/i.exec(pasted);
  if (named?.[1] && named[2]) return packageSource(named[1].toLowerCase() === "npm" ? "npm" : "pypi", named[2]);
  if (/^(?:git\+)?[a-z][a-z0-9+.-]*:/i.test(pasted)) return fromUrl(pasted.replace(/^git\+/i, ""));

  if (pasted.startsWith("@")) return packageSource("npm", pasted);
  const segments = pasted.split("/");
  if (segments.length > 1) {
    if (segments.length > 2 || looksLikeHost(segments[0] ?? ""))
      refuse(`“${shorten(pasted)}” is no source that Catwalk reads.`);
    return gitHubSource(segments);
  }
  return packageSource("name", pasted);
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function looksLikeHost(text: string): boolean {
  return text.includes(".") || text.includes(":");
}

function fromUrl(text: string): GitHubSource {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return refuse(`“${shorten(text)}” is not a URL.`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    refuse(`Catwalk reads https addresses, not ${url.protocol.slice(0, 20)}`);
  }
  if (url.username !== "" || url.password !== "") {
    refuse(
      "Leave the user name and password out of the address.",
      "A token for private repositories belongs in Settings, where it is encrypted.",
    );
  }
  const host = url.hostname.toLowerCase().replace(/^www\./, "");
  if (host !== "github.com" || url.port !== "") {
    refuse(
      `Catwalk reads repositories on github.com, not on ${shorten(url.host)}.`,
      "For a package, paste its name: npm:NAME or pypi:NAME.",
    );
  }
  const segments = url.pathname.split("/").filter((segment) => segment !== "");
  try {
    return gitHubSource(segments.flatMap((segment) => decodeURIComponent(segment).split("/")));
  } catch (error) {
    if (error instanceof URIError) return refuse("That address is not encoded as URLs are.");
    throw error;
  }
}

function gitHubSource(segments: string[]): GitHubSource {
  const [owner = "", name = "", section = "", ...rest] = segments.filter((segment) => segment !== "");
  const repository = name.replace(/\.git$/i, "");
  if (!OWNER_PATTERN.test(owner)) refuse(`“${shorten(owner)}” is no GitHub account.`);
  if (repository === "") {
    refuse("That is an account, not a repository.", `Add the repository's name: github.com/${owner}/NAME.`);
  }
  if (!REPOSITORY_PATTERN.test(repository) || /^\.{1,2}$/.test(repository)) {
    refuse(`“${shorten(repository)}” is no name of a repository.`);
  }
  const isFile = section === "blob" || section === "raw";
  const refPath = section === "tree" || isFile || section === "commit" ? rest : [];
  if (refPath.length > 40 || refPath.some((segment) => segment === ".." || segment === "." || segment.includes("\\"))) {
    refuse("The folder in that address cannot be in a repository.");
  }
  const base = `https://github.com/${owner}/${repository}`;
  return {
    kind: "github",
    owner,
    repository,
    refPath,
    isFile,
    canonical:
      refPath.length > 0 ? `${base}/${isFile ? "blob" : "tree"}/${refPath.map(encodeURIComponent).join("/")}` : base,
  };
}

function packageSource(kind: "npm" | "pypi" | "name", text: string): PackageSource {
  const split = /^(@?[^@=]+)(?:@|==)(.+)$/.exec(text);
  const name = split?.[1] ?? text;
  const wanted = split?.[2] ?? null;
  const registries = (["npm", "pypi"] as const).filter((one) => kind === "name" || kind === one);
  const named = registries.filter((registry) => isPackageName(registry, name));
  if (named.length === 0) refuse(`“${shorten(text)}” is neither a URL of a repository nor the name of a package.`);
  const version = wanted === "latest" ? null : wanted;
  if (version !== null && !named.some((registry) => isExactVersion(registry, version))) {
    refuse(`“${shorten(version)}” is not one exact version.`, "Give a version such as 1.2.3, or none for the newest.");
  }
  return {
    kind,
    name,
    version,
    canonical: kind === "name" ? name : `${kind}:${name}${version === null ? "" : `@${version}`}`,
  };
}
