import { Card } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import type { DeploymentView } from "@/lib/deployments/view";

/** The connector URL, with the server's name, version and instructions. */
export function UrlCard({ view }: { view: DeploymentView }) {
  const { url, server, tools, status } = view;
  return (
    <Card className="overflow-hidden">
      <section aria-labelledby="connector-url" className="grid gap-3 p-5 sm:p-6">
        <h2 id="connector-url" className="font-medium text-muted-foreground text-sm">
          Connector URL
        </h2>
        <div className="flex min-w-0 flex-col gap-3 md:flex-row md:items-center md:justify-between md:gap-6">
          <p
            className="min-w-0 break-all font-mono text-base leading-6 sm:text-lg sm:leading-7"
            data-testid="connector-url"
          >
            {url}
          </p>
          <CopyButton value={url} label="connector URL" showText className="self-start" />
        </div>
        <p className="text-muted-foreground">
          {server === null && (status === "pending" || status === "deploying")
            ? "Clients can use this URL as soon as the server is live."
            : "The URL alone gives no access: a client signs in or sends an access key. The Connect tab shows how."}
        </p>
      </section>
      {server && (
        <ServerFacts
          server={server}
          expectedVersion={view.spec.version}
          instructions={view.instructions}
          toolCount={tools.length}
        />
      )}
    </Card>
  );
}

interface ServerFactsProps {
  server: NonNullable<DeploymentView["server"]>;
  /** The version of the package that was installed. */
  expectedVersion: string | null;
  instructions: string | null;
  toolCount: number;
}

function ServerFacts({ server, expectedVersion, instructions, toolCount }: ServerFactsProps) {
  const isOtherVersion = expectedVersion !== null && server.version !== "" && server.version !== expectedVersion;
  const facts: [string, string][] = [
    ["Server", server.name],
    ["Version", server.version],
    ["MCP version", server.protocolVersion],
    ["Tools", String(toolCount)],
  ];
  return (
    <section aria-label="Server" className="border-t bg-muted/40 px-5 py-4 sm:px-6">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:flex sm:flex-wrap sm:gap-x-10">
        {facts.map(([name, value]) => (
          <div key={name} className="min-w-0 first:max-sm:col-span-2">
            <dt className="text-muted-foreground text-xs">{name}</dt>
            <dd className="break-words font-mono text-[0.8125rem] leading-5">
              {value === "" ? "unknown" : value}
              {name === "Version" && isOtherVersion && (
                <span className="ml-2 font-sans text-muted-foreground">installed {expectedVersion}</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {instructions && (
        <details className="group mt-3">
          <summary className="w-fit rounded-sm text-muted-foreground text-sm underline-offset-4 outline-none hover:text-foreground hover:underline focus-visible:ring-2 focus-visible:ring-ring">
            Instructions from the server
          </summary>
          <p className="mt-2 max-h-64 overflow-y-auto whitespace-pre-wrap break-words text-sm leading-6">
            {instructions}
          </p>
        </details>
      )}
    </section>
  );
}
