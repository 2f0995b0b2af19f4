import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";

export interface ConnectorsCardProps {
  connectors: { id: string; name: string; url: string }[];
}

/** The connector URLs that other people let this person use. */
export function ConnectorsCard({ connectors }: ConnectorsCardProps) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>Connectors of others</CardTitle>
        <CardDescription>Paste one into your client, and press Allow.</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        {connectors.map(({ id, name, url }) => (
          <div key={id} className="grid min-w-0 gap-1.5">
            <span className="min-w-0 break-words font-medium">{name}</span>
            <CodeBlock code={url} label={`Connector URL of ${name}`} />
          </div>
        ))}
      </CardContent>
    </Card>
  );
}
