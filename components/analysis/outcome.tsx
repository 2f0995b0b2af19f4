import { CircleSlash, Cloud, PackageX } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { CodeBlock } from "@/components/ui/code-block";
import type { Analysis } from "@/lib/analysis/spec";

function buildRemoteSettings(analysis: Analysis, url: string): string {
  const name = (analysis.server.name || analysis.source.repository || "server").replace(/[^A-Za-z0-9_-]+/g, "-");
  return JSON.stringify({ mcpServers: { [name]: { type: "http", url } } }, null, 2);
}

/** Warnings that tell why no package of a server can be run. */
const ABOUT_PACKAGE = new Set(["package_not_found", "same_name_elsewhere", "package_without_command"]);

/** A package as a source can be pasted: "npm:@acme/thing". */
const SOURCE = /\b((?:npm|pypi):[@\w][@\w./-]{0,213}\w)/;

/** A text in which each package that can be analyzed is a link to that. */
function WithSources({ text }: { text: string }): ReactNode {
  return text.split(SOURCE).map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      <Link
        key={part}
        href={`/new?source=${encodeURIComponent(part)}`}
        className="rounded-sm font-medium text-foreground underline underline-offset-4 outline-none focus-visible:ring-2 focus-visible:ring-ring"
      >
        {part}
      </Link>
    ),
  );
}

/** Explains why Catwalk cannot run a source as it is, and what to do. Renders nothing for a server that it can run. */
export function Outcome({ analysis }: { analysis: Analysis }): ReactNode {
  const { kind, remoteUrl, source } = analysis;
  switch (kind) {
    case "stdio":
      if (analysis.server.runtime !== "oci") return null;
      return (
        <Alert variant="warning">
          <PackageX aria-hidden="true" />
          <AlertTitle>This server is published as a container image</AlertTitle>
          <AlertDescription className="grid gap-3">
            <p>
              Catwalk runs servers from npm and PyPI and does not run images. If it is published there as well, name the
              package and an exact version below.
            </p>
            {analysis.server.package && <CodeBlock code={analysis.server.package} label="image" />}
          </AlertDescription>
        </Alert>
      );
    case "remote-only":
      return (
        <Alert variant="info">
          <Cloud aria-hidden="true" />
          <AlertTitle>This server is hosted by its vendor, so there is nothing to deploy</AlertTitle>
          <AlertDescription className="grid gap-3">
            <p>
              {remoteUrl
                ? "Connect your client to its URL directly: in Claude as a custom connector, in other clients with these settings."
                : "Its documentation describes a hosted URL. Connect your client to that URL directly."}
            </p>
            {remoteUrl && (
              <>
                <CodeBlock code={remoteUrl} label="hosted URL" />
                <CodeBlock code={buildRemoteSettings(analysis, remoteUrl)} label="client settings" />
              </>
            )}
          </AlertDescription>
        </Alert>
      );
    case "source-only": {
      const isNetworkOnly = analysis.warnings.some(({ code }) => code === "network_only");
      const found = analysis.warnings.filter(({ code }) => ABOUT_PACKAGE.has(code));
      return (
        <Alert variant="warning">
          <PackageX aria-hidden="true" />
          <AlertTitle>
            {isNetworkOnly ? "This server speaks MCP over HTTP alone" : "This server is not published as a package"}
          </AlertTitle>
          <AlertDescription className="grid gap-2">
            <p>
              {isNetworkOnly
                ? "Catwalk runs servers that speak it over stdio, from npm and PyPI. This one is started as a web server instead: host it, and connect your client to its URL. If a package of it speaks over stdio, enter its name and exact version below."
                : "Catwalk runs servers from npm and PyPI and does not build code from a repository. If there is a package, enter its name and exact version below."}
            </p>
            {found.map(({ code, message }) => (
              <p key={`${code} ${message}`} className="break-words">
                <WithSources text={message} />
              </p>
            ))}
          </AlertDescription>
        </Alert>
      );
    }
    case "not-a-server":
      return (
        <Alert variant="warning">
          <CircleSlash aria-hidden="true" />
          <AlertTitle>No MCP server was found here</AlertTitle>
          <AlertDescription>
            The source may be an SDK, a client or a library.
            {source.kind === "github" &&
              " If the repository has several packages, paste the URL of the server’s folder."}{" "}
            If there is a server, enter its package below.
          </AlertDescription>
        </Alert>
      );
  }
}
