"use client";

import { IdCard } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { usePolling } from "@/components/hooks/use-polling";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { toast } from "@/components/ui/toast";
import type { ManualClientView } from "@/lib/oauth/manual-clients";
import { ActionButton } from "./action-button";
import { useDeploymentPage } from "./context";
import { useDeploymentAction } from "./use-deployment-action";

const REFRESH_MS = 30_000;
const MAX_NAME_LENGTH = 100;

/** Claude's own, as an example of what such a dialog's documentation says. */
const EXAMPLE_REDIRECT = "https://claude.ai/api/mcp/auth_callback";

interface FreshClientId {
  clientId: string;
  clientSecret: string;
}

/** Client ids and secrets that are made by hand, for dialogs that ask for them. */
export function ClientIds() {
  const { view } = useDeploymentPage();
  const { value, refresh } = usePolling<{ client_ids: ManualClientView[] }>(`/api/deployments/${view.id}/client-ids`, {
    initial: null,
    chooseDelayMs: () => REFRESH_MS,
  });
  const [fresh, setFresh] = useState<FreshClientId | null>(null);
  return (
    <section aria-labelledby="client-ids" className="grid min-w-0 gap-4">
      <div className="grid gap-1">
        <h2 id="client-ids" className="font-semibold text-base leading-6">
          Client ids made by hand
        </h2>
        <p className="max-w-2xl text-muted-foreground leading-6">
          Most clients register by themselves and need none of this. Make one where a dialog asks for a client id and
          secret.
        </p>
      </div>
      {fresh && (
        <Alert variant="success" role="status">
          <IdCard aria-hidden="true" />
          <AlertTitle>The client id and its secret, shown this once</AlertTitle>
          <AlertDescription className="grid gap-3">
            <CodeBlock code={fresh.clientId} label="client id" className="bg-card! text-foreground" />
            <CodeBlock code={fresh.clientSecret} label="client secret" className="bg-card! text-foreground" />
            <Button variant="outline" size="sm" className="w-fit" onClick={() => setFresh(null)}>
              I have copied them, hide them
            </Button>
          </AlertDescription>
        </Alert>
      )}
      <MakeClientId
        onMade={(made) => {
          setFresh(made);
          refresh();
        }}
      />
      {value !== null && value.client_ids.length > 0 && <List clients={value.client_ids} onDeleted={refresh} />}
    </section>
  );
}

function MakeClientId({ onMade }: { onMade: (made: FreshClientId) => void }) {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy, fields, form } = useDeploymentAction(actions.createClientId);
  const id = useId();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isBusy) return;
    const data = new FormData(event.currentTarget);
    const redirectUris = String(data.get("redirectUris")).split(/\s+/).filter(Boolean);
    const result = await run({ id: view.id, name: String(data.get("name")).trim(), redirectUris });
    if (!result.ok) return;
    form.current?.reset();
    onMade(result.data);
  };
  return (
    <form ref={form} onSubmit={submit} noValidate className="grid max-w-xl gap-4">
      <Field label="Name of the client" htmlFor={`${id}-name`} error={fields.name}>
        <Input name="name" maxLength={MAX_NAME_LENGTH} autoComplete="off" />
      </Field>
      <Field
        label="Redirect addresses"
        htmlFor={`${id}-redirects`}
        error={fields.redirect_uris ?? fields.redirectUris}
        help={`Where the client has you sent back to, one a line. Its documentation says; Claude’s is ${EXAMPLE_REDIRECT}.`}
      >
        <Textarea name="redirectUris" rows={2} spellCheck={false} className="font-mono text-[0.8125rem] leading-5" />
      </Field>
      <div>
        <ActionButton type="submit" icon={IdCard} isBusy={isBusy}>
          Make a client id
        </ActionButton>
      </div>
    </form>
  );
}

function List({ clients, onDeleted }: { clients: ManualClientView[]; onDeleted: () => void }) {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.deleteClientId);
  const remove = async ({ id, name }: ManualClientView) => {
    if (!(await run({ id: view.id, clientId: id })).ok) return;
    toast.success(`The client id of ${name} was deleted.`);
    onDeleted();
  };
  return (
    <ul aria-label="Client ids" className="divide-y rounded-xl border">
      {clients.map((client) => (
        <li key={client.id} className="flex min-w-0 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
          <div className="grid min-w-0 gap-0.5">
            <span className="break-words font-medium">{client.name}</span>
            <span className="break-all font-mono text-[0.8125rem] text-muted-foreground">{client.id}</span>
            <span className="break-all text-[0.8125rem] text-muted-foreground">{client.redirectUris.join(", ")}</span>
          </div>
          <Button
            variant="outline"
            size="sm"
            disabled={isBusy}
            aria-label={`Delete the client id of ${client.name}`}
            onClick={() => void remove(client)}
          >
            Delete
          </Button>
        </li>
      ))}
    </ul>
  );
}
