"use client";

import { type FormEvent, useId, useState } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import type { ActionResult } from "@/lib/http/user-action";
import { ShownOnce } from "./shown-once";

interface Connector {
  id: string;
  name: string;
  url: string;
}

type CreateKey = (input: { id: string; name: string }) => Promise<ActionResult<{ key: string }>>;

export interface ConnectorsCardProps {
  connectors: Connector[];
  createKey: CreateKey;
}

/** The connector URLs that other people let this person use, each with a way to a key of their own. */
export function ConnectorsCard({ connectors, createKey }: ConnectorsCardProps) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>Servers of others</CardTitle>
        <CardDescription>
          You may use these. Paste a URL into your client, and press Allow; a client that cannot sign in sends a key.
        </CardDescription>
      </CardHeader>
      <CardContent className="px-0 pb-0 sm:px-0 sm:pb-0">
        <ul className="divide-y border-t" aria-label="Servers of others">
          {connectors.map((connector) => (
            <li key={connector.id} className="grid min-w-0 gap-3 px-5 py-4 sm:px-6">
              <ConnectorEntry connector={connector} createKey={createKey} />
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

function ConnectorEntry({ connector: { id, name, url }, createKey }: { connector: Connector; createKey: CreateKey }) {
  const [isOpen, setIsOpen] = useState(false);
  const [created, setCreated] = useState<{ name: string; key: string } | null>(null);
  const { run, isBusy, fields, problem, form } = useServerAction(createKey);
  const inputId = useId();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const keyName = String(new FormData(event.currentTarget).get("name")).trim();
    const result = await run({ id, name: keyName });
    if (!result.ok) return;
    setCreated({ name: keyName, key: result.data.key });
    setIsOpen(false);
  };
  return (
    <>
      <div className="flex min-w-0 flex-wrap items-center justify-between gap-2">
        <span className="min-w-0 break-words font-medium">{name}</span>
        {!isOpen && (
          <Button variant="outline" size="sm" aria-label={`Create a key for ${name}`} onClick={() => setIsOpen(true)}>
            Create a key
          </Button>
        )}
      </div>
      <CodeBlock code={url} label={`Connector URL of ${name}`} />
      {isOpen && (
        <form ref={form} onSubmit={submit} noValidate className="grid gap-3">
          <FormProblem>{problem}</FormProblem>
          <Field
            label="Name of the new key"
            htmlFor={inputId}
            error={fields.name}
            help="Such as the client that uses it: “Claude Code on my laptop”."
          >
            <div className="flex gap-2 max-sm:flex-col">
              <Input name="name" maxLength={100} autoComplete="off" autoFocus />
              <Button type="submit" disabled={isBusy}>
                {isBusy && <Spinner />}
                Create key
              </Button>
            </div>
          </Field>
        </form>
      )}
      {created && (
        <ShownOnce title={`Copy the key “${created.name}” now`} label="access key" value={created.key}>
          It is shown only once. Clients send it as <code className="font-mono">Authorization: Bearer KEY</code>.
        </ShownOnce>
      )}
    </>
  );
}
