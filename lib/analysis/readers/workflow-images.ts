import { parse as parseYaml } from "yaml";
import type { TextFile } from "../fetch/files.ts";
import { isRecord, knownOf, resolveExpressions, textsOf } from "./workflow-expressions.ts";

/** An image that a repository's own release publishes. */
export interface ReleasedImage {
  /** With its registry's host, and without a tag: "ghcr.io/acme/thing". */
  image: string;
  /** Folder that it is built from, where the release names one. */
  context: string | null;
  path: string;
}

/** "owner" and "name" of the repository whose files these are. */
interface RepositoryName {
  owner: string;
  name: string;
}

const MAX_IMAGES = 40;
const MAX_STEPS = 200;

/**
 * Reads the images that a GitHub Actions workflow pushes: through Docker's actions, or a command of a shell. Names that only a run of the
 * workflow would tell are left out.
 */
export function readWorkflowImages(file: TextFile, repository: RepositoryName): ReleasedImage[] {
  const workflow = parse(file.text);
  if (!isRecord(workflow) || !isRecord(workflow.jobs) || !isTriggered(workflow.on)) return [];
  const found: ReleasedImage[] = [];
  let steps = 0;
  for (const job of Object.values(workflow.jobs)) {
    if (!isRecord(job) || !Array.isArray(job.steps) || isOfOther(job.if, repository)) continue;
    const named: { images: string[]; isPushed: boolean; context: string | null }[] = [];
    const env = { ...textRecord(workflow.env), ...textRecord(job.env) };
    const ofJob = knownOf(env, repository);
    for (const step of job.steps) {
      steps += 1;
      if (!isRecord(step) || steps > MAX_STEPS || isOfOther(step.if, repository)) continue;
      const known = step.env ? knownOf({ ...env, ...textRecord(step.env) }, repository) : ofJob;
      named.push(...imagesOfStep(step, (text) => resolveExpressions(text, known)));
    }
    // `tags: ${{ steps.meta.outputs.tags }}`: another step names the image that one pushes.
    const pushing = named.find((one) => one.isPushed);
    for (const { images, isPushed, context } of named) {
      if (!isPushed && !pushing) continue;
      for (const image of images.slice(0, MAX_IMAGES)) {
        const name = toImageName(image);
        if (name !== null) found.push({ image: name, context: context ?? pushing?.context ?? null, path: file.path });
      }
    }
  }
  return found.slice(0, MAX_IMAGES);
}

function parse(text: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 20, uniqueKeys: false });
  } catch {
    return null;
  }
}

/** A workflow that only judges proposed changes publishes nothing. */
function isTriggered(on: unknown): boolean {
  const events = isRecord(on) ? Object.keys(on) : Array.isArray(on) ? on : [on];
  return events.some((event) => !/^pull_request/.test(String(event)));
}

/** `if: github.repository == 'upstream/thing'`: a copy of that repository does nothing here. */
function isOfOther(condition: unknown, { owner, name }: RepositoryName): boolean {
  const match = /github\.repository(_owner)?\s{0,5}==\s{0,5}'([^']{1,150})'/.exec(
    String(condition ?? "").slice(0, 1_000),
  );
  if (!match?.[2]) return false;
  return match[2].toLowerCase() !== (match[1] ? owner : `${owner}/${name}`).toLowerCase();
}

function textRecord(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) =>
      typeof one === "string" || typeof one === "number" ? [[key, String(one).slice(0, 500)]] : [],
    ),
  );
}

function imagesOfStep(
  step: Record<string, unknown>,
  resolve: (text: string) => string,
): { images: string[]; isPushed: boolean; context: string | null }[] {
  const action = String(step.uses ?? "").split("@")[0] ?? "";
  const inputs = isRecord(step.with) ? step.with : {};
  const list = (value: unknown) => textsOf(value).map(resolve);
  switch (action) {
    case "docker/build-push-action": {
      const outputs = textsOf(inputs.outputs).join();
      const isPushed =
        (inputs.push !== undefined && String(inputs.push) !== "false") || /push=true|type=registry/.test(outputs);
      const context = typeof inputs.context === "string" ? inputs.context.replace(/^\.\/|\/$/g, "") : null;
      return [{ images: list(inputs.tags), isPushed, context: context === "." ? "" : context }];
    }
    case "docker/metadata-action":
      // `name=ghcr.io/acme/thing,enable=true`
      return [
        {
          images: textsOf(inputs.images, "\n").map((line) => resolve(/name=([^,]+)/.exec(line)?.[1] ?? line)),
          isPushed: false,
          context: null,
        },
      ];
    case "redhat-actions/push-to-registry":
      return [{ images: [resolve(`${inputs.registry}/${inputs.image}`)], isPushed: true, context: null }];
    default: {
      const images = typeof step.run === "string" ? imagesOfScript(step.run, resolve) : [];
      return images.length > 0 ? [{ images, isPushed: true, context: null }] : [];
    }
  }
}

const MAX_LINES = 200;

/** `docker push IMAGE`, `docker buildx build --push -t IMAGE`, `ko build --bare` with KO_DOCKER_REPO. */
function imagesOfScript(script: string, resolve: (text: string) => string): string[] {
  const images: string[] = [];
  const lines = script
    .slice(0, 50_000)
    .replaceAll(/\\\r?\n/g, " ")
    .split("\n");
  for (const line of lines.slice(0, MAX_LINES)) {
    const words = resolve(line.slice(0, 2_000))
      .trim()
      .split(/\s+/)
      .map((word) => word.replaceAll(/^["']|["']$/g, ""));
    const [program = "", ...args] = words;
    if (
      /^(docker|podman|buildah)$/.test(program) &&
      (args[0] === "push" || (args[0] === "image" && args[1] === "push"))
    )
      images.push(args.slice(1).findLast((word) => !word.startsWith("-") && word !== "push") ?? "");
    else if (/^(docker|podman)$/.test(program) && args.includes("build") && args.includes("--push"))
      args.forEach((word, index) => {
        if (word === "-t" || word === "--tag") images.push(args[index + 1] ?? "");
        else if (word.startsWith("--tag=")) images.push(word.slice("--tag=".length));
      });
    else if (program === "ko" && /^(build|publish)$/.test(args[0] ?? "") && args.includes("--bare"))
      images.push(resolve("$KO_DOCKER_REPO"));
  }
  return images;
}

/** Reads the images that a release by GoReleaser pushes (`dockers`, `dockers_v2`, `docker_manifests`, `kos`). */
export function readGoReleaserImages(file: TextFile, repository: RepositoryName): ReleasedImage[] {
  const config = parse(file.text);
  if (!isRecord(config)) return [];
  const env = Object.fromEntries(
    textsOf(config.env, "\n").flatMap((line) => {
      const at = line.indexOf("=");
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
    }),
  );
  const project = typeof config.project_name === "string" ? config.project_name : repository.name;
  const known = knownOf(env, repository);
  const resolve = (text: string): string =>
    resolveExpressions(
      text
        .slice(0, 500)
        .replaceAll(/\{\{-?\s{0,5}\.ProjectName\s{0,5}-?\}\}/g, project)
        // biome-ignore lint/suspicious/noTemplateCurlyInString: GoReleaser's own form is turned into a shell's
        .replaceAll(/\{\{-?\s{0,5}\.Env\.(\w{1,100})\s{0,5}-?\}\}/g, "${$1}"),
      known,
    );
  const entries = (key: string) => (Array.isArray(config[key]) ? config[key].filter(isRecord).slice(0, 50) : []);
  const isSkipped = (one: Record<string, unknown>) => [true, "true"].some((value) => one.skip_push === value);
  const written = [
    ...entries("dockers").flatMap((one) => (isSkipped(one) ? [] : textsOf(one.image_templates, "\n"))),
    ...entries("docker_manifests").flatMap((one) => (isSkipped(one) ? [] : textsOf(one.name_template))),
    ...entries("dockers_v2").flatMap((one) => textsOf(one.images, "\n")),
    ...entries("kos").flatMap((one) =>
      one.bare === true ? [...textsOf(one.repository), ...textsOf(one.repositories)] : [],
    ),
  ];
  return written.slice(0, MAX_IMAGES).flatMap((text) => {
    const image = toImageName(resolve(text));
    return image === null ? [] : [{ image, context: null, path: file.path }];
  });
}

/**
 * Reads the image that a build of Java or .NET pushes to a registry: Jib's `to.image`, Spring's `build-image` where it publishes, and
 * .NET's container properties.
 */
export function readBuildImages(file: TextFile): ReleasedImage[] {
  const text = file.text.slice(0, 200_000);
  const written: (string | undefined)[] = [];
  if (/\bjib\b/.test(text))
    written.push(
      /\bto\s*\{\s*image\s*=\s*["']([^"']{1,200})["']|<to>\s*<image>([^<]{1,200})</.exec(text)?.slice(1).find(Boolean),
    );
  if (/<publish>\s*true\s*</.test(text)) written.push(/<image>\s*<name>([^<]{1,200})</.exec(text)?.[1]);
  if (/bootBuildImage/.test(text) && /\bpublish\s*(?:=|\.set\()\s*true/.test(text))
    written.push(/\bimageName\s*(?:=|\.set\()\s*["']([^"']{1,200})["']/.exec(text)?.[1]);
  const registry = /<ContainerRegistry>([\w.-]{1,100})</.exec(text)?.[1];
  const repository = /<ContainerRepository>([\w./-]{1,150})</.exec(text)?.[1];
  if (registry && repository) written.push(`${registry}/${repository}`);
  return written.flatMap((one) => {
    const image = one?.includes(".") ? toImageName(one.trim()) : null;
    return image === null ? [] : [{ image, context: null, path: file.path }];
  });
}

const PUBLIC_REGISTRIES =
  /^(ghcr\.io|docker\.io|quay\.io|public\.ecr\.aws|mcr\.microsoft\.com|gcr\.io|[a-z]{2}\.gcr\.io|[a-z0-9-]+-docker\.pkg\.dev)$/;

/** Returns an image's name with its host and without a tag, or null for one that is not whole, or not in a public registry. */
export function toImageName(written: string): string | null {
  const name = (written.trim().split("@")[0] ?? "").toLowerCase();
  const parts = name.split("/");
  const hasHost = /[.:]/.test(parts[0] ?? "") && parts.length > 1;
  const host = hasHost ? (parts.shift() ?? "") : "docker.io";
  const last = parts.pop()?.split(":")[0] ?? "";
  const path = [...parts, last];
  // Only the owner's: a name alone is Docker's own.
  if (path.length < 2 || !PUBLIC_REGISTRIES.test(host.replace("index.docker.io", "docker.io"))) return null;
  return path.every((part) => /^[a-z0-9]+(?:[._-]+[a-z0-9]+){0,20}$/.test(part)) ? [host, ...path].join("/") : null;
}
