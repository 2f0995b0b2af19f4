import { parse as parseYaml } from "yaml";
import type { TextFile } from "../fetch/files.ts";
import { codeBlocks, withoutHtmlComments } from "./markdown.ts";
import { isRecord } from "./workflow-expressions.ts";

/** An image that documentation takes from a registry, as it is written there. */
export interface ShownImage {
  image: string;
  /** Documentation names the registry's copy: it pulls the image, or links to it. A service of a composition may be built as well. */
  isPulled: boolean;
}

const MAX_IMAGES = 40;
const MAX_LINE_LENGTH = 2_000;
const MAX_BLOCK_LENGTH = 20_000;

const PULL = /(?:^|[^\w-])(?:docker|podman|nerdctl|container)\s{1,5}(?:image\s{1,5})?pull\s{1,5}([^`\n]{1,300})/;
/** A page of GitHub Packages, whose name may have a "/": `github.com/acme/thing/pkgs/container/thing%2Fmcp`. */
const GITHUB_PAGE =
  /github\.com\/(?:orgs\/|users\/)?([\w.-]{1,100})\/(?:[\w.-]{1,100}\/)?(?:pkgs|packages)\/container\/(?:package\/)?([\w.%-]{1,150})/;
/** A name in prose: "an image is published at `ghcr.io/acme/thing`". */
const NAMED = /`(ghcr\.io\/[\w.-]{1,100}\/[\w./-]{1,150}(?::[\w.-]{1,100})?)`/;
const DOCKER_HUB_PAGE = /hub\.docker\.com\/r\/([\w.-]{1,100}\/[\w.-]{1,100})/;

/**
 * Reads the images that documentation pulls (`docker pull IMAGE`), links to at its registry, names in prose, or has as a service of a
 * composition.
 * Commands that run an image are read with those of other runners.
 */
export function readShownImages(written: TextFile): ShownImage[] {
  const text = withoutHtmlComments(written.text);
  const found: ShownImage[] = [];
  for (const whole of text.split("\n")) {
    if (found.length >= MAX_IMAGES) break;
    const line = whole.slice(0, MAX_LINE_LENGTH);
    const pulled = pulledImage(PULL.exec(line)?.[1] ?? "");
    if (pulled !== null) found.push({ image: pulled, isPulled: true });
    const page = GITHUB_PAGE.exec(line);
    if (page?.[2]) found.push({ image: `ghcr.io/${page[1]}/${page[2].replaceAll(/%2f/gi, "/")}`, isPulled: true });
    const hub = DOCKER_HUB_PAGE.exec(line)?.[1];
    if (hub) found.push({ image: hub, isPulled: true });
    const named = NAMED.exec(line)?.[1];
    if (named) found.push({ image: named, isPulled: false });
  }
  for (const block of codeBlocks(text).slice(0, MAX_IMAGES)) {
    if (block.text.length > MAX_BLOCK_LENGTH || !/^services:/m.test(block.text)) continue;
    found.push(...servicesOf(block.text).map((image) => ({ image, isPulled: false })));
  }
  return found.slice(0, MAX_IMAGES);
}

/** The image behind the options of `docker pull`. */
function pulledImage(behind: string): string | null {
  const words = behind.trim().split(/\s+/).slice(0, 10);
  const at = words.findIndex((word, index) => !word.startsWith("-") && words[index - 1] !== "--platform");
  const image = (words[at] ?? "").replace(/^["']/, "").replace(/["'.,;)]{1,3}$/, "");
  return /^[a-z0-9][\w./:@-]*$/i.test(image) ? image : null;
}

function servicesOf(block: string): string[] {
  let composition: unknown;
  try {
    composition = parseYaml(block, { maxAliasCount: 20, uniqueKeys: false });
  } catch {
    return [];
  }
  const services = isRecord(composition) && isRecord(composition.services) ? composition.services : {};
  return Object.values(services).flatMap((service) =>
    isRecord(service) && typeof service.image === "string" && service.build === undefined
      ? [service.image.slice(0, 300)]
      : [],
  );
}
