"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import type { ActionResult } from "@/lib/http/user-action";
import type { LanguageModelView } from "@/lib/settings/language-model";
import { PROVIDERS } from "@/lib/settings/providers";
import { ConfirmButton } from "./confirm-button";
import { LanguageModelForm, type LanguageModelInput } from "./language-model-form";
import { SecretState } from "./secret-state";
import { TestButton } from "./test-button";

export interface LanguageModelCardProps {
  view: LanguageModelView;
  save: (input: LanguageModelInput) => Promise<ActionResult<null>>;
  remove: (input: Record<string, never>) => Promise<ActionResult<null>>;
  test: (input: Record<string, never>) => Promise<ActionResult<{ ok: boolean; message: string }>>;
}

export function LanguageModelCard({ view, save, remove, test }: LanguageModelCardProps) {
  const [isChanging, setIsChanging] = useState(false);
  const isSet = view.key.origin !== "none";
  const canChange = view.key.origin === "settings" || (isSet && view.model.origin !== "environment");
  return (
    <Card>
      <CardHeader>
        <CardTitle>Language model</CardTitle>
        <CardDescription>
          Reads a repository’s files and finds what a server needs. Without one, the analysis uses declarations and code
          only.
        </CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        <SecretState {...view.key} none="No key. The analysis works without a language model." />
        {isSet && !isChanging && <Facts view={view} />}
        {(!isSet || isChanging) && (
          <LanguageModelForm
            view={view}
            save={save}
            onSaved={() => setIsChanging(false)}
            onCancel={isChanging ? () => setIsChanging(false) : undefined}
          />
        )}
        {isSet && !isChanging && (
          <div className="flex flex-wrap items-center gap-2">
            {canChange && (
              <Button variant="outline" onClick={() => setIsChanging(true)}>
                {view.key.origin === "settings" ? "Replace" : "Change model"}
              </Button>
            )}
            {view.key.origin === "settings" && (
              <ConfirmButton
                size="default"
                label="Remove"
                accessibleLabel="Remove the language model"
                title="Remove the language model?"
                description="Deletes the key. Analyses then use declarations and code only."
                confirmLabel="Remove key"
                action={remove}
                input={{}}
              />
            )}
            <TestButton what="the language model" test={test} />
          </div>
        )}
      </CardContent>
    </Card>
  );
}

function Facts({ view }: { view: LanguageModelView }) {
  return (
    <dl className="grid min-w-0 grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1.5 text-[0.8125rem]">
      <Fact term="Provider" value={PROVIDERS[view.provider].label} />
      <Fact term="Base URL" value={view.baseUrl.value} origin={view.baseUrl.origin} />
      <Fact term="Model" value={view.model.value || "none"} origin={view.model.origin} />
    </dl>
  );
}

const ORIGIN_NOTES: Record<string, string> = { environment: "set by the environment", default: "default" };

function Fact({ term, value, origin }: { term: string; value: string; origin?: string }) {
  const note = origin ? ORIGIN_NOTES[origin] : undefined;
  return (
    <>
      <dt className="text-muted-foreground">{term}</dt>
      <dd className="wrap-anywhere min-w-0">
        {value}
        {note && <span className="text-muted-foreground"> · {note}</span>}
      </dd>
    </>
  );
}
