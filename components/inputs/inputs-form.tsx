"use client";

import { CircleAlert, LockKeyhole } from "lucide-react";
import { type ReactNode, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button, type ButtonProps } from "@/components/ui/button";
import { Collapsible, CollapsibleContent, CollapsibleTrigger } from "@/components/ui/collapsible";
import { Spinner } from "@/components/ui/spinner";
import type { Alternative } from "@/lib/analysis/spec";
import { createExtraInput, type ExtraInput } from "@/lib/deployments/inputs/extra-inputs";
import type { ErrorBody } from "@/lib/errors/app-error";
import { cn } from "@/lib/util/class-names";
import { AddInput } from "./add-input";
import { AlternativeFields } from "./alternative-fields";
import { EnvPaste } from "./env-paste";
import type { EvidenceUrl } from "./evidence";
import { InputField } from "./input-field";
import type { FormInput } from "./input-groups";
import { useInputsForm } from "./use-inputs-form";

/**
 * Receives the values, and the keys of the inputs that the person says are not needed. An absent key keeps its stored value, and ""
 * removes it. Returns the error to show (its `fields` at their fields), or null on success.
 */
export type SubmitInputs = (values: Record<string, string>, notNeeded: string[]) => Promise<ErrorBody | null>;

export interface InputsFormProps {
  /** Inputs of an analysis, or of a deployment (`InputView`) with stored values. */
  inputs: readonly FormInput[];
  alternatives: readonly Alternative[];
  onSubmit: SubmitInputs;
  submitLabel: string;
  busyLabel: string;
  submitVariant?: ButtonProps["variant"];
  /** Checks the rest of the form (`before`, `optional`). Return false to stop the submit. */
  check?: () => boolean;
  /** "stay" keeps the typed values and the busy state, for a page that navigates away. */
  afterSubmit?: "reset" | "stay";
  before?: ReactNode;
  /** Content at the end of the optional settings. */
  optional?: ReactNode;
  /** Folds the optional settings away until the person opens them, or until one holds a value or an error. */
  foldsOptional?: boolean;
  /** Lies inside a panel: without the bar at the foot of the window, and without a `.env` to paste. */
  isInline?: boolean;
  /** Puts the cursor into the first field that has to be filled, once the form appears. */
  takesFocus?: boolean;
  evidenceUrl?: EvidenceUrl;
  /** Inputs that the person added. With `onAddedChange` the form offers to add more. */
  added?: readonly ExtraInput[];
  onAddedChange?: (added: ExtraInput[]) => void;
}

const NONE_ADDED: readonly ExtraInput[] = [];

/** Form of a server's inputs, validated by the same schema as on the server. */
export function InputsForm({
  inputs,
  alternatives,
  onSubmit,
  submitLabel,
  busyLabel,
  submitVariant = "default",
  check,
  afterSubmit = "reset",
  before,
  optional: optionalContent,
  foldsOptional = false,
  isInline = false,
  takesFocus = false,
  evidenceUrl,
  added = NONE_ADDED,
  onAddedChange,
}: InputsFormProps) {
  const addedInputs = useMemo(() => added.map(createExtraInput), [added]);
  const allInputs = useMemo(() => [...inputs, ...addedInputs], [inputs, addedInputs]);
  const form = useInputsForm(allInputs, alternatives);
  const { groups, required, prefilled, optional } = form.grouped;
  const own = optional.filter((input) => !addedInputs.some(({ key }) => key === input.key));
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);
  const [isOptionalOpen, setIsOptionalOpen] = useState(!foldsOptional);
  const element = useRef<HTMLFormElement>(null);
  const [failures, setFailures] = useState(0);
  const [givenFile, setGivenFile] = useState<string | null>(null);

  const focusFirst = useEffectEvent(() => {
    if (takesFocus) element.current?.querySelector<HTMLElement>("[aria-required=true]")?.focus();
  });
  useEffect(() => focusFirst(), []);

  // Runs after the errors have rendered, so that the first invalid field of the whole form gets the focus.
  useEffect(() => {
    if (failures === 0) return;
    const first = element.current?.querySelector<HTMLElement>("[aria-invalid='true']");
    (first ?? element.current?.querySelector<HTMLElement>("[data-form-error]"))?.focus();
  }, [failures]);

  const send = async () => {
    const values = form.submit();
    const isRestRight = check?.() ?? true;
    setError(null);
    if (values === null || !isRestRight) {
      setFailures((count) => count + 1);
      return;
    }
    setIsBusy(true);
    const failure = await onSubmit(values, form.notNeeded);
    if (failure) {
      setError(failure);
      form.showServerErrors(failure.fields);
      setFailures((count) => count + 1);
    } else if (afterSubmit === "stay") {
      return;
    } else {
      form.reset();
    }
    setIsBusy(false);
  };

  const giveFile = (file: ExtraInput) => {
    onAddedChange?.([...added, file]);
    setGivenFile(file.key);
  };
  const takesFile = onAddedChange && giveFile;

  // Folding a field away must hide neither an error nor a value.
  const isForcedOpen =
    addedInputs.length > 0 ||
    error?.fields !== undefined ||
    own.some((input) => form.errorOf(input.key) || form.valueOf(input) !== "" || input.isSet);
  const hasOptional = own.length > 0 || onAddedChange !== undefined || optionalContent !== undefined;

  const hasRequired = required.length > 0 || groups.length > 0;
  const envPaste = allInputs.length > 0 && !isInline && (
    <EnvPaste
      form={form}
      onAdd={
        onAddedChange &&
        ((unknown) => {
          onAddedChange([...added, ...Object.keys(unknown).map((key) => ({ key, secret: true }))]);
          for (const [key, value] of Object.entries(unknown)) form.change(key, value);
        })
      }
    />
  );

  return (
    <form
      ref={element}
      noValidate
      autoComplete="off"
      className={cn("grid min-w-0", isInline ? "gap-4" : "gap-8")}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void send();
      }}
    >
      {before}
      <section aria-label="Inputs" className="grid min-w-0 gap-6">
        {hasRequired && envPaste}
        {groups.map((group) => (
          <AlternativeFields
            key={group.id}
            group={group}
            form={form}
            evidenceUrl={evidenceUrl}
            onGiveFile={takesFile}
          />
        ))}
        {required.map((input) => (
          <InputField key={input.key} input={input} form={form} evidenceUrl={evidenceUrl} onGiveFile={takesFile} />
        ))}
        {prefilled.map((input) => (
          <InputField key={input.key} input={input} form={form} evidenceUrl={evidenceUrl} />
        ))}
        {hasOptional && (
          <Collapsible open={isOptionalOpen || isForcedOpen} onOpenChange={setIsOptionalOpen} className="grid gap-4">
            <CollapsibleTrigger className="justify-self-start">
              Optional settings{" "}
              {own.length > 0 && <span className="font-normal text-muted-foreground">({own.length})</span>}
            </CollapsibleTrigger>
            <CollapsibleContent className="grid min-w-0 gap-6">
              {!hasRequired && envPaste}
              {own.map((input) => (
                <InputField
                  key={input.key}
                  input={input}
                  form={form}
                  evidenceUrl={evidenceUrl}
                  onGiveFile={takesFile}
                />
              ))}
              {addedInputs.map((input) => (
                <InputField
                  key={input.key}
                  input={input}
                  form={form}
                  takesFocus={input.key === givenFile}
                  onDiscard={() => {
                    form.keep(input.key);
                    onAddedChange?.(added.filter(({ key }) => key !== input.key));
                  }}
                />
              ))}
              {onAddedChange && (
                <AddInput
                  taken={allInputs.map((input) => input.key)}
                  onAdd={(input) => onAddedChange([...added, input])}
                />
              )}
              {optionalContent}
            </CollapsibleContent>
          </Collapsible>
        )}
      </section>
      {error && (
        <Alert variant="destructive" tabIndex={-1} data-form-error="" className="outline-none">
          <CircleAlert aria-hidden="true" />
          <AlertTitle>{error.message}</AlertTitle>
          {error.hint && <AlertDescription>{error.hint}</AlertDescription>}
        </Alert>
      )}
      {/* Stays in sight, however long the form is. */}
      <div
        className={cn(
          "flex flex-wrap items-center gap-x-4 gap-y-3",
          !isInline && "sticky bottom-0 z-10 -mx-4 border-t bg-background px-4 py-3",
        )}
      >
        <Button
          type="submit"
          variant={submitVariant}
          size={isInline ? "default" : "lg"}
          aria-disabled={isBusy}
          className="max-sm:w-full"
        >
          {isBusy && <Spinner />}
          {isBusy ? busyLabel : submitLabel}
        </Button>
        {allInputs.length > 0 && (
          <p className="flex min-w-0 flex-1 basis-64 gap-2 text-[0.8125rem] text-muted-foreground leading-5 max-sm:hidden">
            <LockKeyhole aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
            Catwalk encrypts the values and passes them to this server only. Secrets cannot be read back.
          </p>
        )}
      </div>
    </form>
  );
}
