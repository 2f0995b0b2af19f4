"use client";

import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import type { AccessKeyView } from "@/lib/deployments/view";
import type { ActionResult } from "@/lib/http/user-action";
import type { ConnectedClientView } from "@/lib/oauth/connected-clients";
import { ConfirmButton } from "./confirm-button";

type EndAction = (input: { id: string }) => Promise<ActionResult<null>>;

export interface ClientsCardProps {
  clients: ConnectedClientView[];
  keys: AccessKeyView[];
  disconnect: EndAction;
  revoke: EndAction;
}

/** The clients that a person let in and their access keys, for whichever deployment. */
export function ClientsCard({ clients, keys, disconnect, revoke }: ClientsCardProps) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>Clients and keys</CardTitle>
        <CardDescription>Clients that you allowed to use a server, and access keys of yours.</CardDescription>
      </CardHeader>
      <CardContent className="px-0 pb-0 sm:px-0 sm:pb-0">
        {clients.length + keys.length === 0 ? (
          <p className="border-t px-5 py-6 text-muted-foreground sm:px-6">
            You have connected no client yet, and have no keys.
          </p>
        ) : (
          <ul className="divide-y border-t" aria-label="Clients and keys">
            {clients.map((client) => (
              <Entry
                key={client.id}
                {...client}
                detail={client.documentHost ?? client.redirectHost}
                label="Disconnect"
                consequence={`Its calls to ${client.deployment} get 401 from now on. You can connect it again by signing in.`}
                end={disconnect}
              />
            ))}
            {keys.map((key) => (
              <Entry
                key={key.id}
                {...key}
                detail={`key ${key.prefix}…`}
                label="Revoke"
                consequence={`Clients that use this key for ${key.deployment} stop working at once. This cannot be undone.`}
                end={revoke}
              />
            ))}
          </ul>
        )}
      </CardContent>
    </Card>
  );
}

interface EntryProps {
  id: string;
  name: string;
  deployment: string;
  /** Where the client is, or how the key begins. */
  detail: string;
  lastUsedAt: string | null;
  /** Label of the button that ends it. */
  label: string;
  consequence: string;
  end: EndAction;
}

function Entry({ id, name, deployment, detail, lastUsedAt, label, consequence, end }: EntryProps) {
  return (
    <li className="flex min-w-0 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-5 py-3.5 sm:px-6">
      <div className="grid min-w-0 flex-1 basis-52 gap-0.5">
        <span className="min-w-0 break-words font-medium">
          {name} <span className="text-muted-foreground">→ {deployment}</span>
        </span>
        <span className="flex min-w-0 flex-wrap gap-x-3 text-[0.8125rem] text-muted-foreground">
          <span className="min-w-0 break-all">{detail}</span>
          <span>
            last used <RelativeTime value={lastUsedAt} fallback="never" />
          </span>
        </span>
      </div>
      <ConfirmButton
        label={label}
        accessibleLabel={`${label} ${name} from ${deployment}`}
        title={`${label} ${name}?`}
        description={consequence}
        confirmLabel={label}
        action={end}
        input={{ id }}
      />
    </li>
  );
}
