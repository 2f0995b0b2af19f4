"use client";

import { type ClipboardEvent, useState } from "react";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import { type FormInput, toInputName } from "./input-groups";
import { joinPastedLines } from "./pasted-lines";
import { IGNORED_BY_PASSWORD_MANAGERS, SecretInput } from "./secret-input";

export interface InputControlProps {
  input: FormInput;
  id: string;
  value: string;
  takesFocus?: boolean | undefined;
  onChange: (value: string) => void;
  onBlur: () => void;
}

/** Value of the item "nothing chosen". Radix does not allow an empty one. */
const UNSET = "\u0000unset";

/** Lists the values to offer. A guess is offered as suggestions, since another value may be right. */
function listChoices({ choices, type, guessed }: FormInput): { values: string[]; isSuggestion: boolean } | null {
  if (choices && choices.length > 0) return { values: choices, isSuggestion: guessed?.includes("choices") === true };
  return type === "boolean" ? { values: ["true", "false"], isSuggestion: guessed?.includes("type") === true } : null;
}

/** Control that fits an input's type. Render it inside a Field. */
export function InputControl({ input, id, value, takesFocus = false, onChange, onBlur }: InputControlProps) {
  const [hasPastedLines, setHasPastedLines] = useState(false);
  const isMultiline = input.type === "json" || input.target === "file" || /[\r\n]/.test(value);
  const onPaste = (event: ClipboardEvent<HTMLInputElement>) => {
    const text = joinPastedLines(event);
    if (text === null) return;
    onChange(text);
    setHasPastedLines(true);
  };
  const placeholder = input.default ?? input.placeholder ?? undefined;
  const offered = listChoices(input);

  if (offered && !offered.isSuggestion && !input.secret) {
    const choices = offered.values;
    const shown = value !== "" && !choices.includes(value) ? [value, ...choices] : choices;
    return (
      <Select
        id={id}
        value={value === "" ? UNSET : value}
        onValueChange={(next) => onChange(next === UNSET ? "" : next)}
        onBlur={onBlur}
        className="font-mono"
        options={[
          {
            value: UNSET,
            label: input.default ? `${input.default} (default)` : input.required ? "Choose one" : "Not set",
            className: "text-muted-foreground",
          },
          ...shown.map((choice) => ({ value: choice, label: choice, className: "font-mono" })),
        ]}
      />
    );
  }
  if (input.secret) {
    return (
      <SecretInput
        id={id}
        label={toInputName(input)}
        multiline={isMultiline}
        autoFocus={hasPastedLines || takesFocus}
        value={value}
        placeholder={placeholder}
        onValueChange={onChange}
        onPaste={onPaste}
        onBlur={onBlur}
      />
    );
  }
  if (isMultiline) {
    return (
      <Textarea
        id={id}
        value={value}
        placeholder={placeholder}
        rows={3}
        autoFocus={hasPastedLines}
        onChange={(event) => onChange(event.target.value)}
        onBlur={onBlur}
        {...IGNORED_BY_PASSWORD_MANAGERS}
        className="max-h-60 resize-y font-mono text-[0.8125rem]!"
      />
    );
  }
  const suggestionsId = offered ? `${id}-suggestions` : undefined;
  return (
    <>
      <Input
        id={id}
        value={value}
        placeholder={placeholder}
        list={suggestionsId}
        onPaste={onPaste}
        inputMode={input.type === "number" ? "decimal" : input.type === "url" ? "url" : undefined}
        onChange={(event) => onChange(event.target.value)}
        onBlur={onBlur}
        {...IGNORED_BY_PASSWORD_MANAGERS}
        className="font-mono"
      />
      {offered && (
        <datalist id={suggestionsId}>
          {offered.values.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      )}
    </>
  );
}
