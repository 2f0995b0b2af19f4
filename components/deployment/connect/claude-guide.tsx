import { ExternalLink, Info, TriangleAlert } from "lucide-react";
import {
  buildClaudeLink,
  type ConnectTarget,
  findObstacle,
  formatBearer,
  type Obstacle,
} from "@/components/deployment/snippets";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { buttonVariants } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { cn } from "@/lib/util/class-names";

const OBSTACLES: Record<Obstacle, (url: URL) => string> = {
  "private-host": (url) => `This Catwalk is at ${url.host}, which only this computer or network can reach.`,
  "not-https": (url) => `This Catwalk is at ${url.origin}, which is not https.`,
  "other-port": (url) => `This Catwalk is on port ${url.port}, and Claude connects to port 443 only.`,
};

/** Instructions for Claude on the web, on the desktop and on phones. */
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
              {OBSTACLES[obstacle](new URL(target.url))} Claude calls custom connectors from Anthropic’s cloud, for the
              web, the desktop app and phones alike.
            </p>
            <p>
              Serve Catwalk at a public https address and set <code className="font-mono">NEXTAUTH_URL</code> to it.
              Until then, use Claude Code, or Claude Desktop with mcp-remote: both call from your own computer.
            </p>
          </AlertDescription>
        </Alert>
      )}
      <ol className="grid min-w-0 list-decimal gap-3 pl-5 marker:text-muted-foreground">
        <li>
          <p>Open Claude’s dialog for a custom connector. Name and URL are filled in.</p>
          <a
            className={cn(buttonVariants({ variant: "outline" }), "mt-2")}
            href={buildClaudeLink(target)}
            target="_blank"
            rel="noopener noreferrer"
          >
            Add to Claude
            <ExternalLink aria-label="(opens in a new tab)" />
          </a>
        </li>
        <li className="min-w-0">
          <p>
            Under <em>Request headers</em> (beta), add the header{" "}
            <code className="font-mono text-[0.8125rem]">Authorization</code> with this value:
          </p>
          <CodeBlock
            code={formatBearer(target)}
            label="Authorization value"
            isPrimary={target.accessKey !== null}
            className="mt-2"
          />
        </li>
        <li>
          <p>Add the connector. Claude on phones then has it, too.</p>
        </li>
      </ol>
      <p className="text-muted-foreground">
        In an organization with a Team or Enterprise plan, an owner must add the connector first. To change the key
        later, remove the connector and add it again.
      </p>
      <Alert>
        <Info aria-hidden="true" />
        <AlertTitle>Your dialog has no request headers?</AlertTitle>
        <AlertDescription>
          Claude introduces them plan by plan. Choose <em>Sign in</em> above instead: it works with every plan.
        </AlertDescription>
      </Alert>
    </div>
  );
}
