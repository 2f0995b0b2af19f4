import { type FileSet, isEnvExample, type TextFile } from "../fetch/files.ts";
import { speaksMcp } from "../fetch/locate.ts";
import { toFullNames } from "../inputs/aliases.ts";
import { type Findings, joinFindings } from "../inputs/findings.ts";
import { spellAsServer } from "../inputs/server-spelling.ts";
import { tolerant } from "../inputs/unreadable.ts";
import { readDockerfile } from "../readers/dockerfile.ts";
import { readEndpoints } from "../readers/endpoints.ts";
import { readEnvExample } from "../readers/env-example.ts";
import type { Server, Warning } from "../spec.ts";
import type { AnalysisContext, Draft, Inspected, Subject } from "../types.ts";
import { choosePackage } from "./choose-package.ts";
import { classifySource } from "./classify.ts";
import { hasCode } from "./code-files.ts";
import { type Declarations, readDeclarations, readOne } from "./declarations.ts";
import { isDeployed } from "./deployed-worker.ts";
import { describeServer } from "./describe-server.ts";
import { chooseProgram } from "./entry-point.ts";
import { isInCode, toFormInputs } from "./form-inputs.ts";
import { hostedInProse, isDirectory } from "./hosted-address.ts";
import { chooseImage } from "./images.ts";
import { hasName, nearestFiles, nearestOne } from "./nearest-files.ts";
import { readNetworkEvidence } from "./network-only.ts";
import { makesServerElsewhere } from "./other-languages.ts";
import { joinOwnDeclarations } from "./own-declarations.ts";
import { callsItselfServer } from "./own-protocol.ts";
import type { Choice } from "./package-candidates.ts";
import {
  fromPublished,
  isBelieved,
  readPublished,
  refusePackage,
  uniqueWarnings,
  withLookAlikes,
} from "./published-package.ts";
import type { RepositoryPackage } from "./repository-package.ts";
import { findRepositoryPackages, findServer } from "./repository-packages.ts";
import { readServerCode, type ServerCode } from "./server-code.ts";
import { chooseServerFolder, preferPublished } from "./server-folder.ts";
import { isStartedAsScript, isStartedByMain } from "./server-scripts.ts";
import { behindSubcommand, servingWord, startedWith } from "./serving-word.ts";
import { startsNamed } from "./shown-commands.ts";

/**
 * Works out how the server runs and what it needs: reads the declarations in order of trust, asks the registries for
 * the package, reads the server's source, and merges the results.
 */
export async function inspect(subject: Subject, files: FileSet, context: AnalysisContext): Promise<Inspected> {
  const all = findRepositoryPackages(files, subject.folder);
  const scope = await preferPublished(chooseServerFolder(all, files, subject.folder), subject.slug, context);
  const { units } = scope;
  const declarations = readDeclarations(files, subject, scope, all, context);
  const isElsewhere = makesServerElsewhere(files, subject.folder);

  const chosenPackage = withLookAlikes(
    await choosePackage(subject, declarations, { units, all, paths: files.paths, isElsewhere }, context),
    subject.slug,
  );
  const published = await readPublished(subject, chosenPackage, context);
  if (published) {
    const inspected = await inspect(published.subject, published.files, context);
    if (isBelieved(inspected.draft, chosenPackage)) return fromPublished(published, inspected);
  }
  const { choice, found } = published ? refusePackage(chosenPackage) : chosenPackage;

  // Beside a server in another language, a package that is none helps to build or test it.
  const first = isElsewhere ? null : (units[0] ?? null);
  const unit = choice?.candidate.unit ?? findServer(units) ?? first;
  const folder = unit?.folder ?? scope.folder;
  const examples = nearestFiles(files, folder, isEnvExample).map(tolerant(readEnvExample));
  const example = readOne("env-example", ".env.example", examples, context);
  const dockerfile = joinFindings(nearestOne(files, folder, hasName("dockerfile")).map(tolerant(readDockerfile)));
  const meant = { files, folder: subject.folder, candidate: choice?.candidate ?? null, unit, units };
  const shown = joinOwnDeclarations(declarations, meant, [example, dockerfile]);
  const { readmes, serverJson, manifest, readme } = declarations;
  const program = chooseProgram(choice, unit, shown.launches);
  const code = await readServerCode(files, subject, { unit, all, isElsewhere, readmes, program }, context);
  const declared = toFullNames(shown, code.inputs, (key) => isInCode(code, key));
  const described = describeServer(subject, choice, unit, { serverJson, manifest, readme, declared }, code.sources);
  const word = servingWord(code);
  const server = word === null ? described : startedWith(described, word);

  // What reads the environment may lie in files that are not read: those of a dependency that makes the server, or much of another
  // language's configuration. What documentation lists is believed there.
  const isReadElsewhere = isElsewhere || (choice !== null && unit?.isServer === false);
  const form = toFormInputs({
    declared,
    code: word === null ? code : behindSubcommand(code),
    readmes,
    units,
    args: server.args,
    isSubcommandKnown: word !== null,
    listed: new Set(isReadElsewhere ? readme.inputs.flatMap((input) => (input.isListed ? [input.key] : [])) : []),
    slug: subject.slug ?? "",
    isPackage: subject.record !== null,
  });

  const warnings = [...files.warnings, ...scope.warnings, ...found, ...declared.warnings, ...code.warnings];
  const place = { subject, files, all, units, unit, isElsewhere };
  const answer = answerFor(place, { choice, declarations, declared, code, server, warnings });
  const isServer = answer.kind === "stdio" || answer.kind === "source-only";
  const draft: Draft = {
    source: subject.source,
    ...answer,
    inputs: isServer ? spellAsServer(form.inputs, server) : [],
    alternatives: isServer ? form.alternatives : [],
    ...(scope.others && { otherServers: linkServers(subject.source, scope.others) }),
    warnings: uniqueWarnings([...warnings, ...answer.warnings]),
    model: null,
  };
  return { draft, files, demanded: form.demanded, seen: code.seen };
}

/** Where a server was looked for. */
interface Place {
  subject: Subject;
  files: FileSet;
  all: readonly RepositoryPackage[];
  units: RepositoryPackage[];
  unit: RepositoryPackage | null;
  isElsewhere: boolean;
}

/** What was found there. */
interface FoundServer {
  choice: Choice | null;
  declarations: Declarations;
  declared: Findings;
  code: ServerCode;
  server: Server;
  /** What was noticed so far. */
  warnings: readonly Warning[];
}

/** Says what a source is: a server that a package or an image runs, one that nothing does, a hosted one, or none. */
function answerFor(
  { subject, files, all, units, unit, isElsewhere }: Place,
  { choice, declarations, declared, code, server, warnings }: FoundServer,
): Pick<Draft, "kind" | "server" | "remoteUrl" | "warnings"> {
  const { serverJson, smithery, extension, readme, readmes } = declarations;
  const { record, slug } = subject;
  const network = readNetworkEvidence(code.read, files, unit?.folder ?? subject.folder);
  const given = [...serverJson.remotes, ...extension.remotes, ...readme.remotes];
  const isCode = hasCode(files, subject.folder);
  const inWords = (page: TextFile) => {
    if (isCode) return hostedInProse(page, slug ?? "");
    return callsItselfServer(files, subject.folder) ? readEndpoints(page) : [];
  };
  const isImageDeclared =
    serverJson.launches.length > 0 && serverJson.launches.every((launch) => launch.registry === "oci");
  const isList = !isCode && readmes.some(isDirectory);
  const ofRepository = all.find(({ folder }) => folder === subject.folder)?.description || subject.description;
  const verdict = classifySource({
    choice,
    units: unit && !units.includes(unit) ? [...units, unit] : units,
    isPackageSource: record !== null,
    isFramework: isFrameworkText(unit?.description || subject.description) || isClientText(ofRepository),
    speaksMcp:
      record !== null &&
      speaksMcp(record) &&
      !units.some((one) => one.isSdk && one.registry === choice?.candidate.registry),
    declaresServer:
      declared.launches.some((launch) => launch.provenance.from !== "readme") || smithery.inputs.length > 0,
    declaresImage: isImageDeclared,
    isConfigured: declared.launches.some(
      (launch) => launch.isConfiguration && launch.package !== null && launch.package === choice?.candidate.name,
    ),
    declaresOwn: declared.launches.some(
      ({ provenance, registry }) => provenance.from === "server.json" && registry === unit?.registry,
    ),
    configuresProgram: declared.launches.some((launch) => startsNamed(launch, slug ?? "")),
    showsServer: declared.launches.length > 0,
    callsItselfServer: unit !== null && callsItselfServer(files, unit.folder),
    isStartedAsScript: units.some((one) => isStartedAsScript(files, one, all)),
    isStartedByMain: units.some((one) => isStartedByMain(files, one, all)),
    hasCode: isCode,
    isDeployed: unit !== null && isDeployed(files, unit.folder),
    makesServerElsewhere: isElsewhere,
    remotes: isList ? [] : given.length > 0 ? given : readmes.flatMap(inWords),
    network,
    isSdk: subject.folder === "" && choice === null && all.some((one) => one.isSdk),
  });
  const { kind, remoteUrl } = verdict;
  if (kind === "stdio") return { ...verdict, server };
  if (kind !== "source-only")
    return { ...verdict, server: { ...server, runtime: "source", package: null, version: null, args: [] } };
  const isAnnounced = [...serverJson.launches, ...readme.launches].some(
    ({ registry }) => registry === "npm" || registry === "pypi",
  );
  const isUnpublished = !isImageDeclared && warnings.some((one) => one.code === "package_not_found");
  const image = chooseImage(files, subject, {
    launches: declared.launches,
    shown: readme.launches,
    readmes,
    absent: isUnpublished ? (isAnnounced ? "announced" : "named") : null,
    isNetworkOnly: network.isNetworkOnly,
    hasSource: code.read.length > 0,
    unit,
    args: server.args,
  });
  if (!image) return { ...verdict, server };
  return {
    kind: "stdio",
    server: { ...server, runtime: "oci", package: image.name, version: image.tag, args: image.args },
    remoteUrl,
    warnings: [image.warning],
  };
}

/** Returns what to analyze for other folders of the same repository. Empty for a package. */
function linkServers(source: Draft["source"], others: { folder: string; name: string }[]) {
  const { kind, owner, repository } = source;
  const ref = source.ref ?? source.revision;
  if (kind !== "github" || !owner || !repository || !ref) return [];
  const base = `https://github.com/${owner}/${repository}/tree`;
  return others.slice(0, 50).map(({ folder, name }) => {
    const path = [...ref.split("/"), ...folder.split("/")].map(encodeURIComponent).join("/");
    return { name: name.slice(0, 214), source: `${base}/${path}`.slice(0, 1_000) };
  });
}

/** A description of what uses servers. Those in its repository are for trying it, or parts of it. */
function isClientText(description: string): boolean {
  const text = description.slice(0, 500);
  return (
    /\bMCP(?:[ -]\w{1,20}){0,2}[ -](?:clients?|hosts?|agents?|inspectors?|debuggers?)\b/i.test(text) &&
    !/\bservers?\b/i.test(text)
  );
}

/** A description of something to build with. "An MCP server for building apps" is a server all the same. */
function isFrameworkText(description: string): boolean {
  const text = description.slice(0, 500);
  if (/\b(mcp|model context protocol( \(mcp\))?) server\b/i.test(text)) return false;
  return /\b(framework|sdk|librar(y|ies)|toolkit|boilerplate)\b|\b(build|building|create|creating|develop\w*)\b.{0,40}\b(agents?|clients?|servers?|apps?)\b/i.test(
    text,
  );
}
