"use client";

import type { FormEvent } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { PASSWORD_HELP, PasswordInput } from "@/components/auth/password-input";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import { findPasswordProblem } from "@/lib/auth/password-policy";
import type { ActionResult } from "@/lib/http/user-action";

export interface PasswordFormProps {
  email: string;
  /** False for a person who signs in with GitHub only. */
  hasPassword: boolean;
  action: (input: { current: string; password: string }) => Promise<ActionResult<null>>;
}

export function PasswordForm({ email, hasPassword, action }: PasswordFormProps) {
  const { run, isBusy, fields, problem, setFields, form } = useServerAction(action);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const element = event.currentTarget;
    const data = new FormData(element);
    const input = { current: String(data.get("current") ?? ""), password: String(data.get("password")) };
    const weak = findPasswordProblem(input.password, email);
    if (hasPassword && !input.current) {
      setFields({ current: "Enter your current password." });
    } else if (weak) {
      setFields({ password: weak });
    } else if ((await run(input)).ok) {
      element.reset();
      toast.success("Your password was changed. You are signed out in every other browser.");
    }
  }

  return (
    <Card>
      <CardHeader>
        <CardTitle>Password</CardTitle>
        <CardDescription>
          {hasPassword
            ? "Changing it signs you out in every other browser. API tokens stay valid."
            : "You sign in with GitHub. With a password, you can also sign in with your e-mail address."}
        </CardDescription>
      </CardHeader>
      <CardContent>
        <form ref={form} onSubmit={submit} noValidate className="grid gap-4">
          <FormProblem>{problem}</FormProblem>
          {/* Tells password managers which account the password belongs to. */}
          <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
          {hasPassword && (
            <Field label="Current password" htmlFor="current" error={fields.current}>
              <PasswordInput name="current" autoComplete="current-password" />
            </Field>
          )}
          <Field label="New password" htmlFor="password" error={fields.password} help={PASSWORD_HELP}>
            <PasswordInput name="password" autoComplete="new-password" />
          </Field>
          <div>
            <Button type="submit" disabled={isBusy}>
              {isBusy && <Spinner />}
              {hasPassword ? "Change password" : "Set password"}
            </Button>
          </div>
        </form>
      </CardContent>
    </Card>
  );
}
