import { AppError } from "../../errors/app-error.ts";
import { warning } from "../inputs/findings.ts";
import { toPlainLine } from "../plain-text.ts";
import type { GitHubSource, PackageSource, Source } from "../source.ts";
import type { Analysis, GitHubLimit, Warning } from "../spec.ts";
import type { AnalysisContext, Subject } from "../types.ts";
import { type FileSet, isReadme } from "./files.ts";
import { GitHubClient } from "./github/client.ts";
import { type Checkout, findCheckout, readRepository } from "./github/read.ts";
import type { Lookup, PackageRecord, Registry } from "./registries/types.ts";

/** A source at one revision, with a function that reads its files. */
export interface Located {
  source: Analysis["source"];
  /** Returns how far GitHub's requests go without a token, as of its last answer. Null where that is no question. */
  limit(): GitHubLimit | null;
  /** Reads the files. `subject` says what to inspect them as. */
  read(): Promise<{ subject: Subject; files: FileSet }>;
}

/**
 * Finds what a source names and pins its revision, with one or two requests. Reading is a separate call, so that a
 * stored analysis of that revision can be returned without it.
 *
 * @throws AppError source_not_found, ambiguous_source, upstream_unavailable, upstream_rate_limited
 */
export async function locate(source: Source, context: AnalysisContext): Promise<Located> {
  return source.kind === "github" ? locateRepository(source, context) : locatePackage(source, context);
}

async function locateRepository(source: GitHubSource, context: AnalysisContext): Promise<Located> {
  const { report, signal } = context;
  const client = new GitHubClient({ ...context.gitHub, fetch: context.fetch, signal });
  report({ step: "repository", label: "Finding the repository", status: "running" });
  const checkout = await findCheckout(client, source);
  const { repository } = checkout;
  report({
    step: "repository",
    label: "Finding the repository",
    status: "done",
    detail: `${repository.full_name} at ${checkout.sha.slice(0, 7)}`,
  });
  const about: Analysis["source"] = {
    kind: "github",
    canonical: canonicalOf(checkout),
    owner: repository.owner.login,
    repository: repository.full_name.split("/")[1] ?? source.repository,
    ref: checkout.ref,
    subfolder: checkout.subfolder === "" ? null : checkout.subfolder,
    revision: checkout.sha,
    stars: repository.stargazers_count ?? null,
    license: repository.license?.spdx_id ?? null,
    avatarUrl: repository.owner.avatar_url ?? null,
  };
  return {
    source: about,
    limit: () => client.limit(),
    read: async () => {
      report({ step: "files", label: "Reading the files", status: "running" });
      const files = await readRepository(client, source, checkout, signal);
      report({ step: "files", label: `Reading ${files.files.size} files`, status: "done" });
      const subject = {
        source: about,
        folder: checkout.subfolder,
        slug: repository.full_name.toLowerCase(),
        description: repository.description ?? "",
        record: null,
      };
      return { subject, files };
    },
  };
}

function canonicalOf({ repository, ref, subfolder }: Checkout): string {
  const base = `https://github.com/${repository.full_name}`;
  if (ref === null && subfolder === "") return base;
  const path = [ref ?? repository.default_branch, ...subfolder.split("/")].filter((part) => part !== "");
  return `${base}/tree/${path.map((part) => part.split("/").map(encodeURIComponent).join("/")).join("/")}`.slice(
    0,
    1_000,
  );
}

async function locatePackage(source: PackageSource, context: AnalysisContext): Promise<Located> {
  const record = await findPackage(source, context);
  const about: Analysis["source"] = {
    kind: record.registry,
    canonical: `${record.registry}:${record.name}`,
    owner: null,
    repository: record.repository?.slice(0, 1_000) ?? null,
    ref: null,
    subfolder: null,
    revision: record.version,
    stars: null,
    license: record.license,
    avatarUrl: null,
  };
  return {
    source: about,
    limit: () => null,
    read: async () => {
      context.report({ step: "files", label: "Reading the package", status: "running" });
      const files = await readPackage(record, context);
      context.report({ step: "files", label: `Reading ${files.files.size} files of the package`, status: "done" });
      return { subject: { source: about, folder: "", slug: null, description: record.description, record }, files };
    },
  };
}

/**
 * Reads a package's published files, with the README that its registry has.
 *
 * @throws AppError upstream_unavailable
 */
export async function readPackage(record: PackageRecord, context: AnalysisContext): Promise<FileSet> {
  const empty = (found: Warning): FileSet => ({ paths: [], files: new Map(), warnings: [found] });
  if (record.isSourceOnly) {
    return empty(
      warning(
        "source_distribution",
        `${record.name} is published without a wheel that this host's Python can take; Catwalk builds nothing to read it.`,
        true,
      ),
    );
  }
  const set = await context.registries[record.registry].read(record, context.signal);
  if (record.readme === "" || [...set.files.keys()].some(isReadme)) return set;
  const readme = { path: "README.md", text: record.readme.slice(0, 1_000_000), isCut: false };
  return { ...set, files: new Map([...set.files, [readme.path, readme]]) };
}

const REGISTRY_LABELS: Record<Registry, string> = { npm: "npm", pypi: "PyPI" };

/**
 * Looks a package up in its registry. A bare name is looked up on npm and PyPI. Where both have it, the packages are most often
 * two people's, and the person is asked: a stranger can take any name that is free in the other registry.
 *
 * @throws AppError source_not_found, ambiguous_source, upstream_unavailable
 */
async function findPackage(source: PackageSource, context: AnalysisContext): Promise<PackageRecord> {
  const order: Registry[] = source.kind === "name" ? ["npm", "pypi"] : [source.kind];
  const answers = await Promise.all(
    order.map(async (registry) => ({ registry, lookup: await lookUp(registry, source, context) })),
  );
  const possible = answers.filter(({ lookup }) => lookup.status !== "absent");
  const found = possible.flatMap(({ lookup }) => (lookup.status === "found" ? [lookup.record] : []));
  const [record] = found;
  if (record && possible.length > 1) throw createAmbiguousError(source, possible);
  if (record) return record;
  const unknown = possible.flatMap(({ lookup }) => (lookup.status === "unknown" ? [lookup.message] : []))[0];
  if (unknown !== undefined)
    throw new AppError("upstream_unavailable", `${unknown}.`.replace(/\.\.$/, "."), { hint: "Try again in a moment." });
  const where = order.map((registry) => REGISTRY_LABELS[registry]).join(" nor ");
  const isOtherVersion = answers.some(({ lookup }) => lookup.status === "absent" && lookup.reason === "version");
  if (isOtherVersion)
    throw new AppError("source_not_found", `${where} has no version ${source.version} of ${source.name}.`);
  throw new AppError(
    "source_not_found",
    `${order.length > 1 ? "Neither " : ""}${where} has ${order.length > 1 ? "a" : "no"} package named ${source.name}.`,
    {
      hint: "Check the spelling, or paste the repository's URL.",
    },
  );
}

async function lookUp(registry: Registry, source: PackageSource, context: AnalysisContext): Promise<Lookup> {
  const { report, registries, signal } = context;
  const label = `Looking on ${REGISTRY_LABELS[registry]}`;
  report({ step: registry, label, status: "running" });
  const lookup = await registries[registry].lookup(source.name, source.version, signal);
  switch (lookup.status) {
    case "found":
      report({ step: registry, label, status: "done", detail: `${lookup.record.name} ${lookup.record.version}` });
      break;
    case "absent":
      report({ step: registry, label, status: "skipped", detail: "Not there" });
      break;
    case "unknown":
      report({ step: registry, label, status: "failed", detail: lookup.message });
  }
  return lookup;
}

/** Asks which registry's package is meant. The likelier one, which has to do with MCP, stands first. */
function createAmbiguousError(
  { name, version }: PackageSource,
  answers: { registry: Registry; lookup: Lookup }[],
): AppError {
  const isLikely = ({ lookup }: { lookup: Lookup }) => lookup.status === "found" && speaksMcp(lookup.record);
  const sorted = [...answers].sort((a, b) => Number(isLikely(b)) - Number(isLikely(a)));
  const choices = sorted.map(({ registry, lookup }) => ({
    source: `${registry}:${name}${version === null ? "" : `${registry === "npm" ? "@" : "=="}${version}`}`,
    description: describeLookup(lookup),
  }));
  const isCertain = answers.every(({ lookup }) => lookup.status === "found");
  const message = isCertain
    ? `Both npm and PyPI have a package named ${name}.`
    : `${name} may be a package of npm or of PyPI: one of the two could not be asked.`;
  return new AppError("ambiguous_source", message, {
    hint: `Say which one is meant: ${choices.map((choice) => choice.source).join(" or ")}.`,
    choices,
  });
}

function describeLookup(lookup: Lookup): string {
  if (lookup.status === "unknown") return lookup.message;
  if (lookup.status === "absent") return "Not there";
  const { version, description } = lookup.record;
  return `${version}${description === "" ? "" : `: ${toPlainLine(description, 200)}`}`;
}

/**
 * Returns whether a package says that it has to do with MCP: by its marker, its name, its description or what it
 * depends on.
 */
export function speaksMcp(record: PackageRecord): boolean {
  return (
    record.mcpName !== null ||
    /mcp|model context protocol/i.test(`${record.name} ${record.description}`) ||
    record.dependencies.some((name) => /^(@modelcontextprotocol\/|mcp$|fastmcp$)/.test(name))
  );
}
