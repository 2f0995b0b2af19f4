import { ExternalLink, Info, TriangleAlert } from "lucide-react";
import {
  buildClaudeLink,
  type ConnectTarget,
  findObstacle,
  formatBearer,
  type Obstacle,
} from "@/components/deployment/snippets";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";

const OBSTACLES: Record<Obstacle, (url: URL) => string> = {
  "private-host": (url) => `This Catwalk is at ${url.host}, which is reachable from this computer or network only.`,
  "not-https": (url) => `This Catwalk is at ${url.origin}, which is not https.`,
  "other-port": (url) => `This Catwalk is on port ${url.port}; Claude calls https on its usual port, 443.`,
};

/** Claude on the web, on the desktop and on phones: what works today, and what stands in the way. */
export function ClaudeGuide({ target }: { target: ConnectTarget }) {
  const obstacle = findObstacle(target.url);
  return (
    <div className="grid min-w-0 gap-4 leading-6">
      {obstacle && (
        <Alert variant="warning">
          <TriangleAlert aria-hidden="true" />
          <AlertTitle>Claude cannot reach this URL</AlertTitle>
          <AlertDescription className="grid gap-2">
            <p>
              {OBSTACLES[obstacle](new URL(target.url))} Custom connectors are called from Anthropic’s cloud, for the
              web, the desktop app and phones alike, and only at public https addresses.
            </p>
            <p>
              Serve Catwalk at such an address and set <code className="font-mono">NEXTAUTH_URL</code> to it; the URL
              here follows. Until then use Claude Code, or Claude Desktop with mcp-remote: both call from your own
              computer.
            </p>
          </AlertDescription>
        </Alert>
      )}
      <ol className="grid min-w-0 list-decimal gap-3 pl-5 marker:text-muted-foreground">
        <li>
          <p>Open the dialog for a custom connector; name and URL are filled in.</p>
          <Button asChild variant="outline" className="mt-2">
            <a href={buildClaudeLink(target)} target="_blank" rel="noopener noreferrer">
              Add to Claude
              <ExternalLink aria-label="(opens in a new tab)" />
            </a>
          </Button>
        </li>
        <li className="min-w-0">
          <p>
            Under <em>Request headers</em> (beta) add the header{" "}
            <code className="font-mono text-[0.8125rem]">Authorization</code> with this value:
          </p>
          <CodeBlock code={formatBearer(target)} label="Authorization value" wrap className="mt-2" />
        </li>
        <li>
          <p>
            Add the connector. Claude on phones uses what was added on the web or in the desktop app, and adds none
            itself.
          </p>
        </li>
      </ol>
      <p className="text-muted-foreground">
        In an organization on a Team or Enterprise plan an owner adds the connector first. For another key later, remove
        the connector and add it again: its sign-in settings cannot be edited.
      </p>
      <Alert>
        <Info aria-hidden="true" />
        <AlertTitle>Your dialog has no request headers?</AlertTitle>
        <AlertDescription>
          Claude is rolling them out by plan. The other way in is OAuth, which Catwalk does not offer yet, so without
          request headers a custom connector cannot sign in here. Claude Code and Claude Desktop with mcp-remote work
          with any plan.
        </AlertDescription>
      </Alert>
    </div>
  );
}
