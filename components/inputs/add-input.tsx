"use client";

import { Plus } from "lucide-react";
import { useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { isReservedVariable, isVariableName } from "@/lib/deployments/inputs/reserved-names";
import { IGNORED_BY_PASSWORD_MANAGERS } from "./secret-input";

/** Environment variable that the analysis did not find and the person adds. */
export interface AddedInput {
  key: string;
  secret: boolean;
}

export interface AddInputProps {
  /** Keys that already have a field. */
  taken: readonly string[];
  onAdd: (input: AddedInput) => void;
}

function checkName(key: string, taken: readonly string[]): string | null {
  if (!isVariableName(key)) return "Use letters, digits and underscores. The first character cannot be a digit.";
  if (isReservedVariable(key)) return "This variable controls how programs start and cannot be set.";
  return taken.includes(key) ? "This variable already has a field." : null;
}

/** Adds an environment variable that the analysis did not find. */
export function AddInput({ taken, onAdd }: AddInputProps) {
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const [key, setKey] = useState("");
  const [isSecret, setIsSecret] = useState(true);
  const [error, setError] = useState<string | null>(null);

  const add = () => {
    const name = key.trim();
    const found = checkName(name, taken);
    setError(found);
    if (found !== null) return;
    onAdd({ key: name, secret: isSecret });
    setKey("");
  };

  if (!isOpen) {
    return (
      <Button variant="outline" size="sm" className="justify-self-start" onClick={() => setIsOpen(true)}>
        <Plus aria-hidden="true" />
        Add a variable
      </Button>
    );
  }
  return (
    <fieldset className="grid min-w-0 gap-3 rounded-lg border bg-muted/40 p-4">
      <legend className="sr-only">Add a variable</legend>
      <Field label="Name of the environment variable" htmlFor={id} error={error}>
        <Input
          autoFocus
          value={key}
          placeholder="API_KEY"
          {...IGNORED_BY_PASSWORD_MANAGERS}
          className="font-mono"
          onChange={(event) => {
            setKey(event.target.value);
            setError(null);
          }}
          onKeyDown={(event) => {
            // Enter adds the variable. Without this it would submit the surrounding form.
            if (event.key !== "Enter") return;
            event.preventDefault();
            add();
          }}
        />
      </Field>
      <div className="flex items-center gap-2.5">
        <Checkbox id={`${id}-secret`} checked={isSecret} onCheckedChange={(checked) => setIsSecret(checked === true)} />
        <Label htmlFor={`${id}-secret`} className="font-normal">
          Its value is a secret
        </Label>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button size="sm" onClick={add}>
          Add
        </Button>
        <Button size="sm" variant="ghost" onClick={() => setIsOpen(false)}>
          Close
        </Button>
      </div>
    </fieldset>
  );
}
