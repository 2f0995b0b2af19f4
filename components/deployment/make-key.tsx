"use client";

import { KeyRound } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ActionButton } from "./action-button";
import { useDeploymentPage } from "./context";
import { useDeploymentAction } from "./use-deployment-action";

const MAX_NAME_LENGTH = 100;

/** Form that creates an access key with a name of the person's own. */
export function MakeKey({ onMade }: { onMade?: () => void }) {
  const { view, actions, addFreshKey } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.createKey);
  const [name, setName] = useState("");
  const [error, setError] = useState<string | null>(null);
  const id = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    const wanted = name.trim();
    if (wanted === "") {
      setError("Enter a name, so that you know later which client uses it.");
      document.getElementById(id)?.focus();
      return;
    }
    const result = await run({ id: view.id, name: wanted });
    if (!result.ok) return;
    addFreshKey({ ...result.data, name: wanted, clientId: null });
    setName("");
    onMade?.();
  };

  return (
    <form onSubmit={submit} noValidate className="max-w-xl">
      <Field
        label="Name of the new key"
        htmlFor={id}
        error={error}
        help="Such as the client that uses it: “Claude Code on my laptop”."
      >
        <div className="flex min-w-0 flex-col gap-2 sm:flex-row">
          <Input
            value={name}
            maxLength={MAX_NAME_LENGTH}
            autoComplete="off"
            onChange={(event) => {
              setName(event.target.value);
              setError(null);
            }}
          />
          <ActionButton type="submit" icon={KeyRound} isBusy={isBusy}>
            Create key
          </ActionButton>
        </div>
      </Field>
    </form>
  );
}

/** Shows the newest key until the person hides it or leaves the page. */
export function FreshKeyNotice() {
  const { freshKeys, removeFreshKey } = useDeploymentPage();
  const [freshKey] = freshKeys;
  if (!freshKey) return null;
  return (
    <Alert variant="success" role="status">
      <KeyRound aria-hidden="true" />
      <AlertTitle>Copy the key “{freshKey.name}” now</AlertTitle>
      <AlertDescription className="grid gap-3">
        <p>
          Catwalk cannot show it again after you leave this page. Until then, the settings on the Connect tab contain
          it.
        </p>
        <CodeBlock code={freshKey.key} label="access key" className="bg-card! text-foreground" />
        <Button variant="outline" size="sm" className="w-fit" onClick={() => removeFreshKey(freshKey.id)}>
          Hide the key
        </Button>
      </AlertDescription>
    </Alert>
  );
}
