"use client";

import { type FormEvent, useActionState } from "react";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import type { ErrorBody } from "@/lib/errors/app-error";
import type { ActionResult } from "@/lib/http/user-action";
import { FormProblem } from "./form-problem";
import { GitHubButton } from "./github-button";
import { OrLine } from "./or-line";
import { PasswordInput } from "./password-input";

/** State of a form that was sent without JavaScript. */
interface SentForm {
  email: string;
  error: ErrorBody | null;
}

export interface SignInFormProps {
  /** Path within Catwalk to open afterwards. */
  goTo: string;
  /** GitHub sign-in is configured. */
  gitHub: boolean;
  /** Error of an earlier attempt, or null. */
  error: ErrorBody | null;
  action: (input: { email: string; password: string }) => Promise<ActionResult<null>>;
  /** Handles the form when it is sent before hydration or without JavaScript. */
  formAction: (before: SentForm, form: FormData) => Promise<SentForm>;
}

export function SignInForm({ goTo, gitHub, error, action, formAction }: SignInFormProps) {
  const [sent, send] = useActionState(formAction, { email: "", error });
  const { run, isBusy, fields, problem, setFields, form } = useServerAction(action, { initialError: sent.error });

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (isBusy) return;
    const data = new FormData(event.currentTarget);
    const email = String(data.get("email"));
    const password = String(data.get("password"));
    const missing = {
      ...(!email.trim() && { email: "Enter your e-mail address." }),
      ...(!password && { password: "Enter your password." }),
    };
    if (Object.keys(missing).length > 0) return setFields(missing);
    const result = await run({ email, password });
    // A full page load drops everything that was cached without a session.
    if (result.ok) window.location.assign(goTo);
    else if (result.error.fields?.password) form.current?.querySelector<HTMLInputElement>("#password")?.select();
  }

  return (
    <div className="grid gap-5">
      <FormProblem>{problem}</FormProblem>
      <form ref={form} action={send} onSubmit={submit} noValidate className="grid gap-4">
        <input type="hidden" name="goTo" value={goTo} />
        <Field label="E-mail" htmlFor="email" error={fields.email}>
          <Input
            name="email"
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            defaultValue={sent.email}
            autoFocus
          />
        </Field>
        <Field label="Password" htmlFor="password" error={fields.password}>
          <PasswordInput name="password" autoComplete="current-password" />
        </Field>
        <Button type="submit" disabled={isBusy} className="mt-1 w-full">
          {isBusy && <Spinner />}
          Sign in
        </Button>
      </form>
      <a
        href="/reset-password"
        className="-my-1 justify-self-center rounded-sm py-1 text-[0.8125rem] text-muted-foreground underline-offset-4 outline-none hover:text-foreground hover:underline focus-visible:ring-2 focus-visible:ring-ring"
      >
        Forgot your password?
      </a>
      {gitHub && (
        <>
          <OrLine />
          <GitHubButton goTo={goTo} />
        </>
      )}
    </div>
  );
}
