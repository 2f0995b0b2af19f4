"use client";

import type { FormEvent } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { PasswordInput } from "@/components/auth/password-input";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import type { ActionResult } from "@/lib/http/user-action";

export interface EmailFormProps {
  email: string;
  /** False for a person who signs in with GitHub only. */
  hasPassword: boolean;
  action: (input: { email: string; current: string }) => Promise<ActionResult<null>>;
}

/** Form for the address that the person signs in with. */
export function EmailForm({ email, hasPassword, action }: EmailFormProps) {
  const { run, isBusy, fields, problem, setFields, form } = useServerAction(action);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const input = { email: String(data.get("email")), current: String(data.get("current") ?? "") };
    if (input.email.trim().toLowerCase() === email) {
      setFields({ email: "This already is your address." });
    } else if (hasPassword && !input.current) {
      setFields({ current: "Enter your password." });
    } else if ((await run(input)).ok) {
      toast.success("Your e-mail address was changed.");
    }
  }

  return (
    <Card>
      <CardHeader>
        <CardTitle>E-mail address</CardTitle>
        <CardDescription>
          {hasPassword
            ? "You sign in with this address."
            : "Once you set a password, you can sign in with this address."}{" "}
          Catwalk sends no mail to it.
        </CardDescription>
      </CardHeader>
      <CardContent>
        <form ref={form} onSubmit={submit} noValidate className="grid gap-4">
          <FormProblem>{problem}</FormProblem>
          <Field label="E-mail" htmlFor="new-email" error={fields.email}>
            <Input
              name="email"
              type="email"
              autoComplete="email"
              autoCapitalize="none"
              spellCheck={false}
              defaultValue={email}
            />
          </Field>
          {hasPassword && (
            <Field label="Your password" htmlFor="email-password" error={fields.current}>
              <PasswordInput name="current" autoComplete="current-password" />
            </Field>
          )}
          <div>
            <Button type="submit" disabled={isBusy}>
              {isBusy && <Spinner />}
              Change e-mail
            </Button>
          </div>
        </form>
      </CardContent>
    </Card>
  );
}
