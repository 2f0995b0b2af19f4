"use client";

import type { FormEvent } from "react";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import { findPasswordProblem } from "@/lib/auth/password-policy";
import type { ActionResult } from "@/lib/http/user-action";
import { FormProblem } from "./form-problem";
import { GitHubButton } from "./github-button";
import { OrLine } from "./or-line";
import { PASSWORD_HELP, PasswordInput } from "./password-input";

interface NewAccountInput {
  token: string;
  name: string;
  email: string;
  password: string;
}

export interface NewAccountFormProps {
  /** Token of the setup link or the invitation. */
  token: string;
  action: (input: NewAccountInput) => Promise<ActionResult<null>>;
  submitLabel: string;
  /** Leaves out the name, for a first start that asks only what it needs. */
  hasName?: boolean;
  /** A path of our own, for afterwards. */
  goTo?: string;
  /** Address that the account must have. */
  fixedEmail?: string | null;
  /** Stores the invitation before GitHub signs the person in. Absent where GitHub is not configured. */
  beforeGitHub?: ((input: { token: string }) => Promise<ActionResult<null>>) | undefined;
}

/** Form for the first account or an invited one. Signs the person in. */
export function NewAccountForm({
  token,
  action,
  submitLabel,
  hasName = true,
  goTo = "/",
  fixedEmail,
  beforeGitHub,
}: NewAccountFormProps) {
  const { run, isBusy, fields, problem, setFields, form } = useServerAction(action);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const input = {
      token,
      name: String(data.get("name") ?? ""),
      email: fixedEmail ?? String(data.get("email")),
      password: String(data.get("password")),
    };
    const weak = findPasswordProblem(input.password, input.email);
    if (weak) setFields({ password: weak });
    else if ((await run(input)).ok) window.location.assign(goTo);
  }

  return (
    <div className="grid gap-5">
      <FormProblem>{problem}</FormProblem>
      <form ref={form} onSubmit={submit} noValidate className="grid gap-4" method="post">
        {hasName && (
          <Field label="Name" htmlFor="name" error={fields.name}>
            <Input name="name" autoComplete="name" maxLength={100} placeholder="Optional" autoFocus />
          </Field>
        )}
        <Field
          label="E-mail"
          htmlFor="email"
          error={fields.email}
          required
          help={fixedEmail ? "The invitation is for this address." : undefined}
        >
          <Input
            name="email"
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus={!hasName}
            readOnly={Boolean(fixedEmail)}
            defaultValue={fixedEmail ?? undefined}
          />
        </Field>
        <Field label="Password" htmlFor="password" error={fields.password} required help={PASSWORD_HELP}>
          <PasswordInput name="password" autoComplete="new-password" />
        </Field>
        <Button type="submit" disabled={isBusy} className="mt-1 w-full">
          {isBusy && <Spinner />}
          {submitLabel}
        </Button>
      </form>
      {beforeGitHub && (
        <>
          <OrLine />
          <GitHubButton goTo={goTo} before={async () => (await beforeGitHub({ token })).ok} />
        </>
      )}
    </div>
  );
}
