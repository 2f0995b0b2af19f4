"use client";

import { Input } from "@/components/ui/input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import { type FormInput, toInputName } from "./input-groups";
import { IGNORED_BY_PASSWORD_MANAGERS, SecretInput } from "./secret-input";

export interface InputControlProps {
  input: FormInput;
  id: string;
  value: string;
  onChange: (value: string) => void;
  onBlur: () => void;
}

/** Value of the item "nothing chosen". Radix does not allow an empty one. */
const UNSET = "\u0000unset";

function listChoices(input: FormInput): string[] | null {
  if (input.choices && input.choices.length > 0) return input.choices;
  return input.type === "boolean" ? ["true", "false"] : null;
}

/** Control that fits an input's type. Render it inside a Field. */
export function InputControl({ input, id, value, onChange, onBlur }: InputControlProps) {
  const isMultiline = input.type === "json" || input.target === "file";
  const placeholder = input.default ?? input.placeholder ?? undefined;
  const choices = listChoices(input);

  if (choices && !input.secret) {
    const shown = value !== "" && !choices.includes(value) ? [value, ...choices] : choices;
    return (
      <Select value={value === "" ? UNSET : value} onValueChange={(next) => onChange(next === UNSET ? "" : next)}>
        <SelectTrigger id={id} onBlur={onBlur} className="font-mono">
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          <SelectItem value={UNSET} className="text-muted-foreground">
            {input.default ? `${input.default} (default)` : input.required ? "Choose one" : "Not set"}
          </SelectItem>
          {shown.map((choice) => (
            <SelectItem key={choice} value={choice} className="font-mono">
              {choice}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
    );
  }
  if (input.secret) {
    return (
      <SecretInput
        id={id}
        label={toInputName(input)}
        multiline={isMultiline}
        value={value}
        placeholder={placeholder}
        onValueChange={onChange}
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
        onChange={(event) => onChange(event.target.value)}
        onBlur={onBlur}
        {...IGNORED_BY_PASSWORD_MANAGERS}
        className="max-h-60 resize-y font-mono text-[0.8125rem]!"
      />
    );
  }
  return (
    <Input
      id={id}
      value={value}
      placeholder={placeholder}
      inputMode={input.type === "number" ? "decimal" : input.type === "url" ? "url" : undefined}
      onChange={(event) => onChange(event.target.value)}
      onBlur={onBlur}
      {...IGNORED_BY_PASSWORD_MANAGERS}
      className="font-mono"
    />
  );
}
