"use client";

import Link from "next/link";
import { signIn } from "next-auth/react";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import { FormProblem } from "./form-problem";
import { GitHubButton } from "./github-button";
import { OrLine } from "./or-line";
import { PasswordInput } from "./password-input";
import { signInProblem } from "./sign-in-problem";

export interface SignInFormProps {
  /** A path of our own. */
  goTo: string;
  /** Whether people can sign in with GitHub. */
  gitHub: boolean;
  /** What went wrong before this page. */
  error: string | undefined;
}

interface Errors {
  email?: string;
  password?: string;
  form?: string | undefined;
}

export function SignInForm({ goTo, gitHub, error }: SignInFormProps) {
  const [errors, setErrors] = useState<Errors>({ form: error });
  const [isBusy, setIsBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const email = String(data.get("email"));
    const password = String(data.get("password"));
    const missing: Errors = {
      ...(!email.trim() && { email: "Enter your e-mail address." }),
      ...(!password && { password: "Enter your password." }),
    };
    setErrors(missing);
    if (missing.email || missing.password) {
      form.current?.querySelector<HTMLInputElement>(missing.email ? "#email" : "#password")?.focus();
      return;
    }
    setIsBusy(true);
    const problem = await signInProblem(() => signIn("credentials", { email, password, redirect: false }));
    if (!problem) {
      // A whole new page: nothing of what was shown to nobody in particular stays.
      window.location.assign(goTo);
      return;
    }
    setIsBusy(false);
    if (problem.field) {
      setErrors({ password: problem.message });
      form.current?.querySelector<HTMLInputElement>("#password")?.select();
    } else {
      setErrors({ form: problem.message });
    }
  }

  return (
    <div className="grid gap-5">
      <FormProblem>{errors.form}</FormProblem>
      <form ref={form} onSubmit={submit} noValidate className="grid gap-4" method="post">
        <Field label="E-mail" htmlFor="email" error={errors.email}>
          <Input name="email" type="email" autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus />
        </Field>
        <Field label="Password" htmlFor="password" error={errors.password}>
          <PasswordInput name="password" autoComplete="current-password" />
        </Field>
        <Button type="submit" disabled={isBusy} className="mt-1 w-full">
          {isBusy && <Spinner />}
          Sign in
        </Button>
      </form>
      <Link
        href="/reset-password"
        className="-my-1 justify-self-center rounded-sm py-1 text-[0.8125rem] text-muted-foreground underline-offset-4 outline-none hover:text-foreground hover:underline focus-visible:ring-2 focus-visible:ring-ring"
      >
        Forgot your password?
      </Link>
      {gitHub && (
        <>
          <OrLine />
          <GitHubButton goTo={goTo} />
        </>
      )}
    </div>
  );
}
