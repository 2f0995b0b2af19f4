"use client";

import { useState } from "react";
import { type ConnectTarget, findObstacle } from "@/components/deployment/snippets";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { SIGN_IN_CLIENTS } from "./sign-in-guides";

/** Settings for clients that sign in with OAuth: the URL and a press of Allow. */
export function SignInSection({ target }: { target: ConnectTarget }) {
  // Where hosted clients cannot reach the URL, the page opens with one that can.
  const [client, setClient] = useState(() => (findObstacle(target.url) ? "claude-code" : "claude"));
  return (
    <Tabs value={client} onValueChange={setClient}>
      <TabsList aria-label="Clients that sign in">
        {SIGN_IN_CLIENTS.map(({ id, label }) => (
          <TabsTrigger key={id} value={id}>
            {label}
          </TabsTrigger>
        ))}
      </TabsList>
      {SIGN_IN_CLIENTS.map(({ id, Guide }) => (
        <TabsContent key={id} value={id} className="max-w-3xl pt-1">
          <Guide target={target} />
        </TabsContent>
      ))}
    </Tabs>
  );
}
