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

/** Makes an access key and shows it this once. */
export function MakeKey({ onMade }: { onMade?: () => void }) {
  const { view, actions, setFreshKey } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.createKey);
  const [name, setName] = useState("");
  const [error, setError] = useState<string | null>(null);
  const id = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    const wanted = name.trim();
    if (wanted === "") {
      setError("Give it a name, so that you know later which client holds it.");
      document.getElementById(id)?.focus();
      return;
    }
    const result = await run({ id: view.id, name: wanted });
    if (!result.ok) return;
    setFreshKey({ ...result.data, name: wanted });
    setName("");
    onMade?.();
  };

  return (
    <form onSubmit={submit} noValidate className="max-w-xl">
      <Field
        label="Name of the new key"
        htmlFor={id}
        error={error}
        help="The client that will hold it, such as “Claude Code on my laptop”."
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
            Make a key
          </ActionButton>
        </div>
      </Field>
    </form>
  );
}

/** The key that was just made, until the page is left. */
export function FreshKeyNotice() {
  const { freshKey, setFreshKey } = useDeploymentPage();
  if (!freshKey) return null;
  return (
    <Alert variant="success" role="status">
      <KeyRound aria-hidden="true" />
      <AlertTitle>The key “{freshKey.name}”, shown this once</AlertTitle>
      <AlertDescription className="grid gap-3">
        <p>
          Copy it now: Catwalk keeps only a fingerprint of it. The settings below hold it until you leave this page.
        </p>
        <CodeBlock code={freshKey.key} label="access key" wrap className="bg-card text-foreground" />
        <Button variant="outline" size="sm" className="w-fit" onClick={() => setFreshKey(null)}>
          I have copied it, hide it
        </Button>
      </AlertDescription>
    </Alert>
  );
}
