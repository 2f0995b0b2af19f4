import { type FileSet, folderOf, isEnvExample, type TextFile } from "../fetch/files.ts";
import { speaksMcp } from "../fetch/locate.ts";
import { toFullNames } from "../inputs/aliases.ts";
import { judgeAlternatives } from "../inputs/alternatives.ts";
import { type Findings, type InputFinding, joinFindings, type LaunchFinding, warning } from "../inputs/findings.ts";
import { mergeInputs } from "../inputs/merge.ts";
import { findTwins } from "../inputs/rules.ts";
import { listSaidOptional } from "../inputs/said-optional.ts";
import { tolerant } from "../inputs/unreadable.ts";
import { isSamePackage } from "../package-names.ts";
import { readDockerfile } from "../readers/dockerfile.ts";
import { readEnvExample } from "../readers/env-example.ts";
import { scanOtherSources, scanSources } from "../scan/scan.ts";
import type { About } from "../scan/sdk-variables.ts";
import { joinSeen } from "../scan/seen.ts";
import type { Warning } from "../spec.ts";
import type { AnalysisContext, Draft, Inspected, Subject } from "../types.ts";
import { classifySource } from "./classify.ts";
import { hasCode } from "./code-files.ts";
import { readDeclarations, readOne } from "./declarations.ts";
import { isDeployed } from "./deployed-worker.ts";
import { describeServer } from "./describe-server.ts";
import { chooseImage } from "./images.ts";
import { hasName, nearestFiles, nearestOne } from "./nearest-files.ts";
import { isNetworkOnly } from "./network-only.ts";
import { makesServerElsewhere, otherSources } from "./other-languages.ts";
import { type Candidate, chooseCandidate, listCandidates } from "./package-candidates.ts";
import {
  type ChosenPackage,
  fromPublished,
  isBelieved,
  readPublished,
  refusePackage,
  uniqueWarnings,
  withLookAlikes,
} from "./published-package.ts";
import { refineInputs } from "./refine-inputs.ts";
import {
  findRepositoryPackages,
  findServer,
  type RepositoryPackage,
  siblingsOf,
  sourcesOf,
} from "./repository-packages.ts";
import { chooseServerFolder } from "./server-folder.ts";
import { otherScriptsOf, startsNamed, startsUnit } from "./shown-commands.ts";

/**
 * Works out how the server runs and what it needs: reads the declarations in order of trust, asks the registries for
 * the package, reads the server's source, and merges the results.
 */
export async function inspect(subject: Subject, files: FileSet, context: AnalysisContext): Promise<Inspected> {
  const { report, signal } = context;
  const warnings: Warning[] = [...files.warnings];
  const all = findRepositoryPackages(files, subject.folder);
  const scope = chooseServerFolder(all, files, subject.folder);
  warnings.push(...scope.warnings);

  const { serverJson, manifest, smithery, readme, readmes } = readDeclarations(files, subject, scope, all, context);
  const { units } = scope;
  const isElsewhere = makesServerElsewhere(files, subject.folder);
  const chosenPackage = withLookAlikes(
    await choosePackage(subject, { serverJson, readme }, { units, all, isElsewhere }, context),
    subject.slug,
  );
  const published = await readPublished(subject, chosenPackage, context);
  if (published) {
    const inspected = await inspect(published.subject, published.files, context);
    if (inspected.draft.kind === "stdio" && isBelieved(inspected.draft, chosenPackage))
      return fromPublished(published, inspected);
  }
  const { choice, found } = published ? refusePackage(chosenPackage) : chosenPackage;
  warnings.push(...found);

  // Beside a server in another language, a package that is none helps to build or test it.
  const first = isElsewhere ? null : (units[0] ?? null);
  const unit = choice?.candidate.unit ?? findServer(units) ?? first;
  const siblings = unit ? siblingsOf(unit, all) : [];
  const isBinary = unit?.isBinary === true;
  const sources = unit && !isBinary ? [unit, ...siblings].flatMap((one) => sourcesOf(files, one, all)) : [];
  report({ step: "source", label: "Reading the source", status: "running" });
  const others = isElsewhere || isBinary ? otherSources(files, subject.folder) : [];
  const isWrapper = isElsewhere && unit?.isServer === false;
  const about = aboutServer(subject, unit, readmes);
  const own = await scanSources(files, sources, unit, signal, siblings, isWrapper, about);
  const other = await scanOtherSources(others, signal, about, { set: files, folder: subject.folder });
  const scanned = {
    ...joinFindings([own, other]),
    links: [...own.links, ...other.links],
    missed: new Set([...own.missed, ...other.missed]),
    sent: new Set([...own.sent, ...other.sent]),
  };
  const read = [...sources, ...others];
  report({ step: "source", label: "Reading the source", status: "done", detail: `${read.length} files` });

  const examples = nearestFiles(files, unit?.folder ?? scope.folder, isEnvExample);
  const example = readOne("env-example", ".env.example", examples.map(tolerant(readEnvExample)), context);

  const dockerfile = joinFindings(
    nearestOne(files, unit?.folder ?? scope.folder, hasName("dockerfile")).map(tolerant(readDockerfile)),
  );

  const chosen = choice?.candidate ?? null;
  const ownReadme = readmes
    .filter((file) => folderOf(file.path) === (unit?.folder ?? subject.folder))
    .map((file) => file.path);
  const isAlone = units.filter((one) => one.isServer).length <= 1;
  const isOtherScript = otherScriptsOf(files);
  const belongs = (launch: LaunchFinding) => {
    if (launch.registry === "npm" || launch.registry === "pypi") {
      // A package that no registry has, as yet, is what the repository's own commands speak of all the same.
      const own = chosen ?? unit;
      return (
        own !== null &&
        own.registry === launch.registry &&
        launch.package !== null &&
        isSamePackage(own.registry, own.name ?? "", launch.package)
      );
    }
    // A command in a shell block may run anything of the checkout: its tests, its build.
    if (launch.registry === "source" && !launch.isConfiguration)
      if (!startsUnit(launch, units) || isOtherScript(launch)) return false;
    return isAlone || launch.provenance.from !== "readme" || isOfReadme(launch, ownReadme);
  };
  // A folder that shows its own server is not told by the README above it, which shows many.
  const isOwnShown =
    (unit?.folder ?? "") !== "" && readme.launches.some((launch) => isOfReadme(launch, ownReadme) && belongs(launch));
  const isTold = (launch: LaunchFinding) =>
    !isOwnShown || launch.provenance.from !== "readme" || isOfReadme(launch, ownReadme);
  const ofServer = (findings: Findings): Findings => ({
    ...findings,
    launches: withoutOtherCommands(
      findings.launches.filter((launch) => belongs(launch) && isTold(launch) && !launch.isNetwork),
    ),
  });
  const known = new Set(serverJson.launches.flatMap((launch) => launch.inputs.map((input) => input.key)));
  const shown = joinFindings([
    ofServer(serverJson),
    withoutDemands(ofServer(manifest), known),
    withoutDemands(ofServer(smithery), known),
    ofServer(readme),
    example,
    dockerfile,
  ]);
  const isInCode = (key: string) => read.some((file) => file.text.includes(key));
  const declared = toFullNames(shown, scanned.inputs, isInCode);
  warnings.push(...declared.warnings, ...scanned.warnings);

  // What reads the environment may lie in files that are not read: those of a dependency that makes the server, or much of another
  // language's configuration. What documentation lists is believed there.
  const isReadElsewhere = isElsewhere || (choice !== null && unit?.isServer === false);
  const listed = new Set(isReadElsewhere ? readme.inputs.flatMap((input) => (input.isListed ? [input.key] : [])) : []);
  const occursInCode = (key: string) => listed.has(key) || isInCode(key);
  const occurs = read.length === 0 ? null : occursInCode;
  const server = describeServer(subject, choice, unit, { serverJson, manifest, readme, declared }, sources);
  // The first position that the code reads is the name of a subcommand where documentation shows one.
  const positions = server.args[0] && !server.args[0].startsWith("-") ? [] : own.positions;
  const everything = [
    ...declared.launches.flatMap((launch) => launch.inputs),
    ...declared.inputs,
    ...scanned.inputs,
    ...positions,
  ];
  const given = new Set(server.args.map((arg) => arg.split("=")[0]));
  const merged = mergeInputs(everything, occurs).filter((input) => input.target !== "arg" || !given.has(input.key));
  const isDocumented = (one: InputFinding) => /^(shown|declared)$/.test(one.evidence) && one.required !== false;
  const documented = new Set(everything.filter(isDocumented).map((one) => one.key));
  // A published package without a README says nowhere but in its messages what it needs.
  const isUndocumented = subject.record !== null && readmes.length === 0 && documented.size === 0;
  const twins = findTwins(merged, scanned.links);
  const saidOptional = listSaidOptional(merged, readmes);
  const inputsFound = refineInputs(merged, everything, declared.launches, {
    twins,
    units,
    saidOptional,
    missed: scanned.missed,
    sent: scanned.sent,
  });
  const { inputs, alternatives } = judgeAlternatives(inputsFound, {
    launches: declared.launches,
    found: [...declared.alternatives, ...scanned.alternatives],
    twins,
    documented: isUndocumented ? null : documented,
    failing: new Set(scanned.inputs.flatMap((one) => (one.whenMissing === "fails" ? [one.key] : []))),
    saidRequired: new Set(
      everything.flatMap((one) => (one.required === true && one.evidence !== "read" ? [one.key] : [])),
    ),
    mandatory: new Set(scanned.inputs.flatMap((one) => (one.isMandatory ? [one.key] : []))),
  });

  const verdict = classifySource({
    choice,
    units: unit && !units.includes(unit) ? [...units, unit] : units,
    isPackageSource: subject.record !== null,
    isFramework: isFrameworkText(unit?.description || subject.description),
    speaksMcp:
      subject.record !== null &&
      speaksMcp(subject.record) &&
      !units.some((one) => one.isSdk && one.registry === chosen?.registry),
    declaresServer:
      declared.launches.some((launch) => launch.provenance.from !== "readme") || smithery.inputs.length > 0,
    isConfigured: declared.launches.some(
      (launch) => launch.isConfiguration && launch.package !== null && launch.package === chosen?.name,
    ),
    declaresOwn: declared.launches.some(
      ({ provenance, registry }) => provenance.from === "server.json" && registry === unit?.registry,
    ),
    configuresProgram: declared.launches.some((launch) => startsNamed(launch, subject.slug ?? "")),
    showsServer: declared.launches.length > 0,
    hasCode: hasCode(files, subject.folder),
    isDeployed: unit !== null && isDeployed(files, unit.folder),
    makesServerElsewhere: isElsewhere,
    remotes: [...serverJson.remotes, ...readme.remotes],
    isNetworkOnly: isNetworkOnly(read),
    isSdk: subject.folder === "" && choice === null && all.some((one) => one.isSdk),
  });
  // Where server.json declares an image and nothing else, a package that some other file names tells nothing of it.
  const isImageDeclared =
    serverJson.launches.length > 0 && serverJson.launches.every((launch) => launch.registry === "oci");
  const isAnnounced = [...serverJson.launches, ...readme.launches].some(
    ({ registry }) => registry === "npm" || registry === "pypi",
  );
  const isUnpublished = !isImageDeclared && warnings.some((one) => one.code === "package_not_found");
  const image =
    verdict.kind === "source-only"
      ? chooseImage(files, subject, {
          launches: declared.launches,
          shown: readme.launches,
          readmes,
          absent: isUnpublished ? (isAnnounced ? "announced" : "named") : null,
          isNetworkOnly: isNetworkOnly(read),
          hasSource: read.length > 0,
          unit,
          args: server.args,
        })
      : null;
  warnings.push(...(image ? [image.warning] : verdict.warnings));
  const kind = image ? "stdio" : verdict.kind;
  const isServer = kind === "stdio" || kind === "source-only";
  const draft: Draft = {
    source: subject.source,
    kind,
    server: image
      ? { ...server, runtime: "oci", package: image.name, version: image.tag, args: image.args }
      : isServer
        ? server
        : { ...server, runtime: "source", package: null, version: null, args: [] },
    inputs: isServer ? inputs : [],
    alternatives: isServer ? alternatives : [],
    remoteUrl: verdict.remoteUrl,
    ...(scope.others && { otherServers: linkServers(subject.source, scope.others) }),
    warnings: uniqueWarnings(warnings),
    model: null,
  };
  const demanded = everything.filter((finding) => finding.whenMissing === "fails").map((finding) => finding.key);
  return { draft, files, demanded: new Set(demanded), seen: joinSeen(own.seen, other.seen) };
}

const MAX_NAMES = 500;

/** What a server is named and calls itself, and the variables that its documentation names. */
function aboutServer(subject: Subject, unit: RepositoryPackage | null, readmes: readonly TextFile[]): About {
  const text = readmes[0]?.text ?? "";
  const names = text.match(/\b[A-Z][A-Z0-9]{1,40}(?:_[A-Z0-9]{1,40}){1,10}\b/g)?.slice(0, MAX_NAMES) ?? [];
  const title = /^#[ \t](.{0,300})/m.exec(text)?.[1];
  const said = [subject.slug, subject.description, unit?.name, unit?.description, title];
  return { said: said.filter((one) => one).join("\n"), names: new Set(names) };
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

function isOfReadme(launch: LaunchFinding, paths: readonly string[]): boolean {
  return paths.some((path) => launch.provenance.where.startsWith(`${path}:`));
}

/**
 * Drops the demands of a declaration for values that server.json does not name at all, though it names others: a form for
 * another host asks for more than the server does.
 */
function withoutDemands(findings: Findings, known: ReadonlySet<string>): Findings {
  if (known.size === 0) return findings;
  const soften = (input: InputFinding): InputFinding =>
    input.required === true && !known.has(input.key) ? { ...input, required: null } : input;
  return {
    ...findings,
    inputs: findings.inputs.map(soften),
    launches: findings.launches.map((launch) => ({ ...launch, inputs: launch.inputs.map(soften) })),
  };
}

/**
 * Drops commands of a package that is a command line as well: `npx thing clone --into DIR`, where a client's configuration starts
 * it without such a word.
 */
function withoutOtherCommands(launches: LaunchFinding[]): LaunchFinding[] {
  const subcommand = ({ args }: LaunchFinding) => (args[0] && !args[0].startsWith("-") ? args[0] : "");
  const configured = new Set(launches.filter((launch) => launch.isConfiguration).map(subcommand));
  return launches.filter(
    (launch) => configured.size === 0 || launch.isConfiguration || configured.has(subcommand(launch)),
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

async function choosePackage(
  subject: Subject,
  findings: { serverJson: Findings; readme: Findings },
  { units, all, isElsewhere }: { units: RepositoryPackage[]; all: RepositoryPackage[]; isElsewhere: boolean },
  context: AnalysisContext,
): Promise<ChosenPackage> {
  if (subject.record) {
    const { record } = subject;
    const unit = units.find((one) => one.registry === record.registry) ?? null;
    const candidate: Candidate = {
      registry: record.registry,
      name: record.name,
      isAnnounced: true,
      unit,
      version: record.version,
    };
    const commands = unit ? unit.commands.map((command) => command.name) : record.commands;
    const isBare = commands !== null && commands.length === 0;
    const found = isBare
      ? [warning("package_without_command", `The package ${record.name} brings no command to start.`)]
      : [];
    return { choice: isBare ? null : { candidate, record, version: record.version, ownership: "own" }, found };
  }
  const candidates = listCandidates(findings, units, all, isElsewhere);
  const { slug } = subject;
  if (candidates.length === 0 || slug === null) return { choice: null, found: [] };
  const label = "Checking the package";
  context.report({ step: "package", label, status: "running", ...(candidates[0] && { detail: candidates[0].name }) });
  const { mcpName } = findings.serverJson;
  const mcpNames = mcpName === null ? [] : [mcpName];
  const { choice, warnings } = await chooseCandidate(
    candidates,
    context.registries,
    { slug, mcpNames },
    context.signal,
  );
  const detail = choice ? `${choice.candidate.name} ${choice.version ?? ""}`.trim() : "None is published";
  context.report({ step: "package", label, status: choice ? "done" : "skipped", detail });
  return { choice, found: warnings };
}
