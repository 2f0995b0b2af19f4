"use client";

import { type FormEvent, useState } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { RelativeTime } from "@/components/ui/relative-time";
import { Spinner } from "@/components/ui/spinner";
import type { ApiTokenView } from "@/lib/auth/api-tokens";
import type { ActionResult } from "@/lib/http/user-action";
import { ConfirmButton } from "./confirm-button";
import { ShownOnce } from "./shown-once";

export interface TokensCardProps {
  tokens: ApiTokenView[];
  publicUrl: string;
  create: (input: { name: string }) => Promise<ActionResult<{ id: string; token: string }>>;
  revoke: (input: { id: string }) => Promise<ActionResult<null>>;
}

export function TokensCard({ tokens, publicUrl, create, revoke }: TokensCardProps) {
  const [created, setCreated] = useState<{ id: string; token: string } | null>(null);
  const { run, isBusy, fields, problem, form } = useServerAction(create);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const element = event.currentTarget;
    const result = await run({ name: String(new FormData(element).get("name")) });
    if (!result.ok) return;
    setCreated(result.data);
    element.reset();
  }

  return (
    <Card>
      <CardHeader>
        <CardTitle>API tokens</CardTitle>
        <CardDescription>
          For programs that call Catwalk’s own API as you. MCP clients do not use them: they use a deployment’s access
          keys.
        </CardDescription>
      </CardHeader>
      <CardContent className="grid gap-6">
        <form ref={form} onSubmit={submit} noValidate className="grid gap-4">
          <FormProblem>{problem}</FormProblem>
          <Field label="Name" htmlFor="token-name" error={fields.name}>
            <div className="flex gap-2 max-sm:flex-col">
              <Input name="name" placeholder="CI, my laptop…" maxLength={100} autoComplete="off" />
              <Button type="submit" disabled={isBusy}>
                {isBusy && <Spinner />}
                Create token
              </Button>
            </div>
          </Field>
        </form>
        {created && (
          <ShownOnce title="Copy your token now" label="API token" value={created.token}>
            It is shown only once. Catwalk stores a hash of it.
          </ShownOnce>
        )}
        {tokens.length === 0 ? (
          <p className="text-muted-foreground">No tokens yet.</p>
        ) : (
          <ul className="-mx-5 sm:-mx-6 divide-y border-y" aria-label="API tokens">
            {tokens.map((token) => (
              <li
                key={token.id}
                className="flex min-w-0 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-5 py-3.5 sm:px-6"
              >
                <div className="grid min-w-0 flex-1 basis-52 gap-0.5">
                  <span className="min-w-0 truncate font-medium" title={token.name}>
                    {token.name}
                  </span>
                  <span className="flex flex-wrap gap-x-3 text-[0.8125rem] text-muted-foreground">
                    <code className="font-mono">{token.prefix}…</code>
                    <span>
                      created <RelativeTime value={token.createdAt} />
                    </span>
                    <span>
                      last used <RelativeTime value={token.lastUsedAt} />
                    </span>
                  </span>
                </div>
                <ConfirmButton
                  label="Revoke"
                  accessibleLabel={`Revoke ${token.name}`}
                  title={`Revoke “${token.name}”?`}
                  description="Programs that use this token stop working. This cannot be undone."
                  confirmLabel="Revoke token"
                  action={revoke}
                  input={{ id: token.id }}
                  onDone={() => created?.id === token.id && setCreated(null)}
                />
              </li>
            ))}
          </ul>
        )}
        <CodeBlock
          label="example call"
          code={`curl ${publicUrl}/api/deployments \\\n  --header "Authorization: Bearer $CATWALK_TOKEN"`}
        />
      </CardContent>
    </Card>
  );
}
