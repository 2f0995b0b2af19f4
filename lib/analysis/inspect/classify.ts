import { type RemoteFinding, warning } from "../inputs/findings.ts";
import type { Analysis, Warning } from "../spec.ts";
import type { NetworkEvidence } from "./network-only.ts";
import type { Choice } from "./package-candidates.ts";
import type { RepositoryPackage } from "./repository-package.ts";

export interface KindEvidence {
  choice: Choice | null;
  units: RepositoryPackage[];
  isPackageSource: boolean;
  /** It describes itself as something to build servers, clients or agents with. */
  isFramework: boolean;
  /** The package itself says that it has to do with MCP. */
  speaksMcp: boolean;
  /** server.json, manifest.json or smithery.yaml declares how to run it. */
  declaresServer: boolean;
  /** server.json declares images and nothing else, which says nothing of a package. */
  declaresImage: boolean;
  /** server.json declares a package of this repository. */
  declaresOwn: boolean;
  /** A client configuration in some text runs this package. */
  isConfigured: boolean;
  /** A client configuration in some text runs a program of the repository's name. */
  configuresProgram: boolean;
  /** Some text shows a command that runs it. */
  showsServer: boolean;
  /** Its README calls it an MCP server. */
  callsItselfServer: boolean;
  /** The source has code at all, rather than documents alone. */
  hasCode: boolean;
  /** A platform that starts programs by itself gets it, so that it needs no command of its own. */
  isDeployed: boolean;
  /** It is a server in a language whose registry Catwalk does not use. */
  makesServerElsewhere: boolean;
  /** A script of the repository is the program. */
  isStartedAsScript: boolean;
  /** The main module of a package starts it, and gives nothing to other modules. */
  isStartedByMain: boolean;
  remotes: RemoteFinding[];
  network: NetworkEvidence;
  isSdk: boolean;
}

/** Classifies a source: a server that can run, one that would have to be built, one that is only hosted, or none. */
export function classifySource(evidence: KindEvidence): {
  kind: Analysis["kind"];
  remoteUrl: string | null;
  warnings: Warning[];
} {
  const remoteUrl = mainRemote(evidence.remotes);
  const makesServer = evidence.units.some((unit) => unit.isServer);
  const { choice } = evidence;
  if (!evidence.isSdk && choice !== null && !evidence.network.listensOnly) {
    // Without a wheel, only the name of a package can be read.
    const isUnread = choice.record?.isSourceOnly === true && /mcp/i.test(choice.record.name);
    // Its server is a package that no file of the repository makes, or a program in another language that its package starts.
    const isNamed =
      choice.candidate.isAnnounced &&
      evidence.showsServer &&
      (choice.candidate.unit === null || evidence.callsItselfServer);
    // A framework has the same classes and commands; what makes it a server is that something runs it as one.
    const isFramework =
      evidence.isFramework && !evidence.declaresServer && !evidence.isConfigured && !evidence.showsServer;
    const isServer =
      (makesServer && !isFramework) ||
      (evidence.declaresServer && !evidence.declaresImage) ||
      evidence.isConfigured ||
      isNamed ||
      isUnread;
    const canStart =
      choice.candidate.unit === null ||
      choice.candidate.unit.commands.length > 0 ||
      choice.candidate.unit.isBinary ||
      evidence.showsServer ||
      evidence.isPackageSource;
    if (isServer && canStart) {
      const message =
        "Its code serves MCP over HTTP, and nothing in it says that it does over stdio, which is how Catwalk runs servers. It may not answer.";
      const { isNetworkOnly } = evidence.network;
      return { kind: "stdio", remoteUrl, warnings: isNetworkOnly ? [warning("network_only", message)] : [] };
    }
    // A bundle that is too large to read, a wrapper around a binary, a server class of a dependency.
    if (evidence.isPackageSource && evidence.speaksMcp && canStart) {
      const message =
        "No server was found in the files that could be read. Its name or its dependencies say that it is one.";
      return { kind: "stdio", remoteUrl, warnings: [warning("server_unconfirmed", message, true)] };
    }
  }
  // It has no stdio transport, and its documentation gives the URL of a hosted server.
  if (!evidence.isSdk && evidence.network.isNetworkOnly && remoteUrl !== null)
    return { kind: "remote-only", remoteUrl, warnings: [] };
  const isHosted = remoteUrl !== null;
  const isToBuildWith =
    evidence.isFramework && !evidence.declaresServer && !evidence.showsServer && !evidence.configuresProgram;
  // A framework has commands too, but no script of its own that starts a server.
  const isStartedAsCommand =
    evidence.isStartedByMain ||
    (evidence.isStartedAsScript && evidence.units.some((unit) => unit.isServer && unit.commands.length > 0));
  const isMade =
    (evidence.makesServerElsewhere && !isToBuildWith) ||
    (makesServer &&
      canBeStarted(evidence, isHosted) &&
      !(evidence.isFramework && !evidence.showsServer && !isStartedAsCommand)) ||
    evidence.declaresOwn;
  const isTold = !isHosted && (evidence.declaresServer || (evidence.configuresProgram && !evidence.isFramework));
  // Documents beside a hosted server may still name a program that was never there or is no longer.
  if (!evidence.isSdk && ((isMade && (evidence.hasCode || !isHosted)) || isTold)) {
    const message = evidence.network.isNetworkOnly
      ? "It is a server, but it speaks MCP over HTTP alone. Catwalk runs packages of npm and PyPI that speak it over stdio."
      : "It is a server, but no package of it is published on npm or PyPI, and Catwalk builds no source.";
    return {
      kind: "source-only",
      remoteUrl,
      warnings: [warning(evidence.network.isNetworkOnly ? "network_only" : "no_package", message)],
    };
  }
  if (remoteUrl !== null && !evidence.isSdk) return { kind: "remote-only", remoteUrl, warnings: [] };
  return { kind: "not-a-server", remoteUrl: null, warnings: [] };
}

/** Returns whether something starts the server: a library can use the same classes. One that is hosted may be what its owner deploys. */
function canBeStarted(evidence: KindEvidence, isHosted: boolean): boolean {
  return (
    evidence.showsServer ||
    evidence.isStartedAsScript ||
    evidence.remotes.some(({ url }) => ON_THIS_MACHINE.test(url)) ||
    (evidence.isDeployed && !isHosted) ||
    evidence.units.some((unit) => unit.isServer && unit.commands.length > 0)
  );
}

/** Where clients find a server that a person has started: "url": "http://localhost:3000/mcp". */
const ON_THIS_MACHINE = /^https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::\d{1,5})?\/\S{0,200}(?:mcp|sse)\b/i;

/** Returns whether an address is a page for people, such as the repository's own, and no MCP endpoint. */
function isWebPage(address: string): boolean {
  if (!URL.canParse(address)) return true;
  const { hostname, pathname } = new URL(address);
  return (
    /^(www\.)?(github\.com|gitlab\.com|bitbucket\.org|npmjs\.com|pypi\.org|hub\.docker\.com|smithery\.ai|glama\.ai|mcp\.so|pulsemcp\.com)$/.test(
      hostname,
    ) ||
    (/^(docs|blog|raw\.githubusercontent|img|badge)\./.test(hostname) && !/mcp/.test(`${hostname}${pathname}`)) ||
    /\.(md|html?|png|svg|json|js|zip|git)$/i.test(pathname)
  );
}

/**
 * Returns the address given most often, the first of equally frequent ones. One with a part that each person fills in
 * (`https://mcp.example.org/{user}`) stands back behind one without.
 */
function mainRemote(remotes: RemoteFinding[]): string | null {
  return mostGiven(remotes.filter(({ url }) => !PLACEHOLDER.test(url))) ?? mostGiven(remotes.filter(isOwnPath));
}

const PLACEHOLDER = /[<>{}$]|your-/i;

/** Returns whether an address is whole up to its path, and names the part that is to be filled in. */
function isOwnPath({ url }: RemoteFinding): boolean {
  return /^https:\/\/[\w.-]{1,200}(?::\d+)?\/[^<>{}$]{0,200}[<{$]/.test(url) && !/your-/i.test(url);
}

function mostGiven(remotes: RemoteFinding[]): string | null {
  const counts = new Map<string, number>();
  for (const remote of remotes) {
    if (isWebPage(remote.url)) continue;
    if (
      /\b(localhost|127\.0\.0\.1|0\.0\.0\.0|example\.(com|org))\b|\/\/[^/]{0,200}\b(your|my)-?(domain|company|server|host|site|org|app)\b|\/\/(?:another|other|some|first|second|example|sample)-/i.test(
        remote.url,
      )
    )
      continue;
    const weight = remote.provenance.from === "server.json" ? 100 : 1;
    counts.set(remote.url, (counts.get(remote.url) ?? 0) + weight);
  }
  let best: string | null = null;
  for (const [url, count] of counts) if (best === null || count > (counts.get(best) ?? 0)) best = url;
  return best;
}
