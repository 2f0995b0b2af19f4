import { CircleSlash, Cloud, PackageX } from "lucide-react";
import type { ReactNode } from "react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { CodeBlock } from "@/components/ui/code-block";
import type { Analysis } from "@/lib/analysis/spec";

function buildRemoteSettings(analysis: Analysis, url: string): string {
  const name = (analysis.server.name || analysis.source.repository || "server").replace(/[^A-Za-z0-9_-]+/g, "-");
  return JSON.stringify({ mcpServers: { [name]: { type: "http", url } } }, null, 2);
}

/** What a source is when Catwalk cannot run it as it is, and what to do then; nothing for a server that it can. */
export function Outcome({ analysis }: { analysis: Analysis }): ReactNode {
  const { kind, remoteUrl, source } = analysis;
  switch (kind) {
    case "stdio":
      return null;
    case "remote-only":
      return (
        <Alert variant="info">
          <Cloud aria-hidden="true" />
          <AlertTitle>This server is hosted by its maker; there is nothing to run</AlertTitle>
          <AlertDescription className="grid gap-3">
            <p>
              {remoteUrl
                ? "Connect your client to its own URL directly: in Claude as a custom connector, elsewhere with these settings."
                : "Its documentation describes a hosted URL. Connect your client to that directly."}
            </p>
            {remoteUrl && (
              <>
                <CodeBlock code={remoteUrl} label="hosted URL" wrap />
                <CodeBlock code={buildRemoteSettings(analysis, remoteUrl)} label="client settings" />
              </>
            )}
          </AlertDescription>
        </Alert>
      );
    case "source-only":
      return (
        <Alert variant="warning">
          <PackageX aria-hidden="true" />
          <AlertTitle>This is a server, but it is not published as a package</AlertTitle>
          <AlertDescription>
            Catwalk runs servers from npm and PyPI and does not build code from a repository. If it is published after
            all, name the package and an exact version below.
          </AlertDescription>
        </Alert>
      );
    case "not-a-server":
      return (
        <Alert variant="warning">
          <CircleSlash aria-hidden="true" />
          <AlertTitle>There is no MCP server in this source</AlertTitle>
          <AlertDescription>
            It may be an SDK, a client or a library.
            {source.kind === "github" &&
              " In a repository with several packages, paste the address of the server’s own folder."}{" "}
            If you know better, name the package below.
          </AlertDescription>
        </Alert>
      );
  }
}
