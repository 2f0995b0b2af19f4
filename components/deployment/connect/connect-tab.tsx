"use client";

import { useState } from "react";
import { useDeploymentPage } from "@/components/deployment/context";
import { FreshKeyNotice, MakeKey } from "@/components/deployment/make-key";
import { findObstacle } from "@/components/deployment/snippets";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { CLIENTS } from "./clients";

/** How a client is connected: a key for it, and settings to copy. */
export function ConnectTab() {
  const { view, freshKey } = useDeploymentPage();
  // Where Claude cannot reach the URL, the page opens with a client that can.
  const [client, setClient] = useState(() => (findObstacle(view.url) ? "claude-code" : "claude"));
  const target = { url: view.url, name: view.name, accessKey: freshKey?.key ?? null };

  return (
    <div className="grid min-w-0 gap-10">
      <section aria-labelledby="connect-key" className="grid min-w-0 gap-4">
        <div className="grid gap-1">
          <h2 id="connect-key" className="font-semibold text-base leading-6">
            1. An access key
          </h2>
          <p className="max-w-2xl text-muted-foreground leading-6">
            The URL alone opens nothing: every call carries a key of this deployment. Make one for each client, so that
            you can take it back from one without touching the others.
          </p>
        </div>
        <FreshKeyNotice />
        <MakeKey />
      </section>
      <section aria-labelledby="connect-client" className="grid min-w-0 gap-4">
        <div className="grid gap-1">
          <h2 id="connect-client" className="font-semibold text-base leading-6">
            2. Your client’s settings
          </h2>
          <p className="max-w-2xl text-muted-foreground leading-6">
            {freshKey ? (
              <>Filled in with the key “{freshKey.name}”.</>
            ) : (
              <>
                Put your key where <code className="font-mono text-[0.8125rem]">YOUR_ACCESS_KEY</code> stands, or make
                one above and it is filled in.
              </>
            )}
          </p>
        </div>
        <Tabs value={client} onValueChange={setClient}>
          <TabsList aria-label="Clients">
            {CLIENTS.map(({ id, label }) => (
              <TabsTrigger key={id} value={id}>
                {label}
              </TabsTrigger>
            ))}
          </TabsList>
          {CLIENTS.map(({ id, Guide }) => (
            <TabsContent key={id} value={id} className="max-w-3xl pt-1">
              <Guide target={target} />
            </TabsContent>
          ))}
        </Tabs>
      </section>
    </div>
  );
}
