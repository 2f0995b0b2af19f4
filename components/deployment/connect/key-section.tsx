"use client";

import { useState } from "react";
import { useDeploymentPage } from "@/components/deployment/context";
import { findObstacle } from "@/components/deployment/snippets";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { ClientKey } from "./client-key";
import { CLIENTS, type ClientId } from "./clients";

/** For clients that send a header: choose one, create its access key, copy the settings with the key filled in. */
export function KeySection() {
  const { view, freshKeys } = useDeploymentPage();
  // Claude calls from the internet. Where it cannot reach the URL, the tab opens with a client that can.
  const [clientId, setClientId] = useState<ClientId>(() => (findObstacle(view.url) ? "claude-code" : "claude"));

  return (
    <section aria-labelledby="connect-title" className="grid min-w-0 gap-4">
      <div className="grid gap-1">
        <h2 id="connect-title" className="font-semibold text-base leading-6">
          Choose your client
        </h2>
        <p className="max-w-2xl text-muted-foreground leading-6">
          Each client gets an access key of its own, so that you can revoke one without affecting the others.
        </p>
      </div>
      <Tabs value={clientId} onValueChange={(id) => setClientId(id as ClientId)}>
        <TabsList aria-label="Clients">
          {CLIENTS.map(({ id, label }) => (
            <TabsTrigger key={id} value={id}>
              {label}
            </TabsTrigger>
          ))}
        </TabsList>
        {CLIENTS.map((client) => {
          const key = freshKeys.find((each) => each.clientId === client.id) ?? freshKeys.find((each) => !each.clientId);
          return (
            <TabsContent key={client.id} value={client.id} className="grid max-w-3xl min-w-0 gap-5 pt-1">
              {client.keyName !== null && <ClientKey clientId={client.id} keyName={client.keyName} freshKey={key} />}
              <client.Guide target={{ url: view.url, name: view.name, accessKey: key?.key ?? null }} />
            </TabsContent>
          );
        })}
      </Tabs>
    </section>
  );
}
