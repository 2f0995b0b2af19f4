"use client";

import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import type { ActionResult } from "@/lib/http/user-action";
import type { ConnectedClientView } from "@/lib/oauth/connected-clients";
import { ConfirmButton } from "./confirm-button";

export interface ClientsCardProps {
  clients: ConnectedClientView[];
  disconnect: (input: { id: string }) => Promise<ActionResult<null>>;
}

/** The clients that a person let in, to whichever deployment. */
export function ClientsCard({ clients, disconnect }: ClientsCardProps) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>Connected clients</CardTitle>
        <CardDescription>Clients that you allowed to use a deployment.</CardDescription>
      </CardHeader>
      <CardContent className="px-0 pb-0 sm:px-0 sm:pb-0">
        {clients.length === 0 ? (
          <p className="border-t px-5 py-6 text-muted-foreground sm:px-6">You have connected no client yet.</p>
        ) : (
          <ul className="divide-y border-t" aria-label="Connected clients">
            {clients.map((client) => (
              <li
                key={client.id}
                className="flex min-w-0 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-5 py-3.5 sm:px-6"
              >
                <div className="grid min-w-0 flex-1 basis-52 gap-0.5">
                  <span className="min-w-0 break-words font-medium">
                    {client.name} <span className="text-muted-foreground">→ {client.deployment}</span>
                  </span>
                  <span className="flex min-w-0 flex-wrap gap-x-3 text-[0.8125rem] text-muted-foreground">
                    <span className="min-w-0 break-all">{client.documentHost ?? client.redirectHost}</span>
                    <span>
                      last used <RelativeTime value={client.lastUsedAt} fallback="never" />
                    </span>
                  </span>
                </div>
                <ConfirmButton
                  label="Disconnect"
                  accessibleLabel={`Disconnect ${client.name} from ${client.deployment}`}
                  title={`Disconnect ${client.name}?`}
                  description={`Its calls to ${client.deployment} get 401 from now on. You can connect it again by signing in.`}
                  confirmLabel="Disconnect"
                  action={disconnect}
                  input={{ id: client.id }}
                />
              </li>
            ))}
          </ul>
        )}
      </CardContent>
    </Card>
  );
}
