"use client";

import { type FormEvent, useState } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { PasswordInput } from "@/components/auth/password-input";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import type { ActionResult } from "@/lib/http/user-action";
import type { GitHubView } from "@/lib/settings/github";
import { ConfirmButton } from "./confirm-button";
import { SecretState } from "./secret-state";
import { TestButton } from "./test-button";

export interface GitHubCardProps {
  view: GitHubView;
  save: (input: { token: string }) => Promise<ActionResult<null>>;
  remove: (input: Record<string, never>) => Promise<ActionResult<null>>;
  test: (input: Record<string, never>) => Promise<ActionResult<{ ok: boolean; message: string }>>;
}

export function GitHubCard({ view, save, remove, test }: GitHubCardProps) {
  const { origin, updatedAt } = view.token;
  const [isReplacing, setIsReplacing] = useState(false);
  const { run, isBusy, fields, problem, form } = useServerAction(save);
  const isEditing = origin === "none" || isReplacing;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const result = await run({ token: String(new FormData(event.currentTarget).get("token")) });
    if (!result.ok) return;
    setIsReplacing(false);
    toast.success("The GitHub token was saved.");
  }

  return (
    <Card>
      <CardHeader>
        <CardTitle>GitHub</CardTitle>
        <CardDescription>
          Catwalk reads repositories through {new URL(view.apiUrl).host}. Without a token, GitHub allows 60 requests an
          hour and public repositories only. A fine-grained token with read access to contents allows 5,000.
        </CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        <SecretState origin={origin} updatedAt={updatedAt} none="No token. Catwalk reads repositories anonymously." />
        {isEditing && (
          <form ref={form} onSubmit={submit} noValidate className="grid gap-4">
            <FormProblem>{problem}</FormProblem>
            <Field
              label={isReplacing ? "New token" : "Token"}
              htmlFor="github-token"
              error={fields.token}
              help="Catwalk encrypts it and never shows it again."
            >
              <PasswordInput name="token" autoComplete="off" autoFocus={isReplacing} />
            </Field>
            <div className="flex flex-wrap items-center gap-2">
              <Button type="submit" disabled={isBusy}>
                {isBusy && <Spinner />}
                Save token
              </Button>
              {isReplacing && (
                <Button variant="ghost" onClick={() => setIsReplacing(false)}>
                  Cancel
                </Button>
              )}
              {/* The test uses the stored token, or none. It does not use the text of this form. */}
              {!isReplacing && <TestButton what="GitHub" test={test} />}
            </div>
          </form>
        )}
        {!isEditing && (
          <div className="flex flex-wrap items-center gap-2">
            {origin === "settings" && (
              <>
                <Button variant="outline" onClick={() => setIsReplacing(true)}>
                  Replace
                </Button>
                <ConfirmButton
                  size="default"
                  label="Remove"
                  accessibleLabel="Remove the GitHub token"
                  title="Remove the GitHub token?"
                  description="Catwalk then reads repositories anonymously, and cannot read private ones."
                  confirmLabel="Remove token"
                  action={remove}
                  input={{}}
                />
              </>
            )}
            <TestButton what="GitHub" test={test} />
          </div>
        )}
      </CardContent>
    </Card>
  );
}
