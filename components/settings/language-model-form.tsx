"use client";

import { type FormEvent, useState } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { PasswordInput } from "@/components/auth/password-input";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import type { ActionResult } from "@/lib/http/user-action";
import type { LanguageModelView } from "@/lib/settings/language-model";
import { isLanguageModelProvider, type LanguageModelProvider, PROVIDERS } from "@/lib/settings/providers";

export interface LanguageModelInput {
  provider: LanguageModelProvider;
  apiKey: string;
  baseUrl: string;
  model: string;
}

export interface LanguageModelFormProps {
  view: LanguageModelView;
  save: (input: LanguageModelInput) => Promise<ActionResult<null>>;
  onSaved: () => void;
  onCancel: (() => void) | undefined;
}

/** Form for provider, key and model. With a key from the environment, only the model can be chosen. */
export function LanguageModelForm({ view, save, onSaved, onCancel }: LanguageModelFormProps) {
  const [provider, setProvider] = useState(view.provider);
  const { run, isBusy, fields, problem, form } = useServerAction(save);
  const hasOwnKey = view.key.origin !== "environment";
  const keepsKey = view.key.origin === "settings" && provider === view.provider;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => String(data.get(name) ?? "");
    const baseUrl = hasOwnKey ? text("baseUrl") : view.baseUrl.value;
    const input = { provider, apiKey: text("apiKey"), baseUrl, model: text("model") };
    if (!(await run(input)).ok) return;
    toast.success("The language model was saved.");
    onSaved();
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="grid gap-4">
      <FormProblem>{problem}</FormProblem>
      {hasOwnKey && (
        <>
          <Field label="Provider" htmlFor="provider" error={fields.provider}>
            <Select
              value={provider}
              onValueChange={(value) => isLanguageModelProvider(value) && setProvider(value)}
              options={Object.entries(PROVIDERS).map(([value, { label }]) => ({ value, label }))}
            />
          </Field>
          {provider === "compatible" && (
            <Field
              label="Base URL"
              htmlFor="baseUrl"
              error={fields.baseUrl}
              required
              help="Catwalk appends /chat/completions to it."
            >
              <Input
                name="baseUrl"
                type="url"
                placeholder="https://llm.example.com/v1"
                autoCapitalize="none"
                spellCheck={false}
                defaultValue={view.baseUrl.origin === "settings" ? view.baseUrl.value : ""}
              />
            </Field>
          )}
          <Field
            label="API key"
            htmlFor="apiKey"
            error={fields.apiKey}
            required={!keepsKey}
            help={keepsKey ? "Leave empty to keep the stored key." : "Catwalk encrypts it and never shows it again."}
          >
            <PasswordInput name="apiKey" autoComplete="off" />
          </Field>
        </>
      )}
      {view.model.origin !== "environment" && (
        <Field label="Model" htmlFor="model" error={fields.model} required={provider === "compatible"}>
          <Input
            name="model"
            placeholder={PROVIDERS[provider].model || "The model’s name"}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            defaultValue={view.model.origin === "settings" ? view.model.value : ""}
          />
        </Field>
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" disabled={isBusy}>
          {isBusy && <Spinner />}
          Save
        </Button>
        {onCancel && (
          <Button variant="ghost" onClick={onCancel}>
            Cancel
          </Button>
        )}
      </div>
    </form>
  );
}
