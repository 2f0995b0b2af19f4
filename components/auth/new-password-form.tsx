"use client";

import type { FormEvent } from "react";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Spinner } from "@/components/ui/spinner";
import { findPasswordProblem } from "@/lib/auth/password-policy";
import type { ActionResult } from "@/lib/http/user-action";
import { FormProblem } from "./form-problem";
import { PASSWORD_HELP, PasswordInput } from "./password-input";

export interface NewPasswordFormProps {
  /** Token of the link. */
  token: string;
  /** Address of the account. */
  email: string;
  action: (input: { token: string; password: string }) => Promise<ActionResult<null>>;
}

/** Form behind a link for a new password. Signs the person in. */
export function NewPasswordForm({ token, email, action }: NewPasswordFormProps) {
  const { run, isBusy, fields, problem, setFields, form } = useServerAction(action);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get("password"));
    const weak = findPasswordProblem(password, email);
    if (weak) setFields({ password: weak });
    else if ((await run({ token, password })).ok) window.location.assign("/");
  }

  return (
    <div className="grid gap-5">
      <FormProblem>{problem}</FormProblem>
      <form ref={form} onSubmit={submit} noValidate className="grid gap-4" method="post">
        {/* Tells password managers which account the password belongs to. */}
        <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
        <Field label="New password" htmlFor="password" error={fields.password} help={PASSWORD_HELP}>
          <PasswordInput name="password" autoComplete="new-password" autoFocus />
        </Field>
        <Button type="submit" disabled={isBusy} className="mt-1 w-full">
          {isBusy && <Spinner />}
          Save and sign in
        </Button>
      </form>
    </div>
  );
}
