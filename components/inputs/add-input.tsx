"use client";

import { Plus } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Select } from "@/components/ui/select";
import { warnOfSteering } from "@/lib/analysis/inputs/steering-variables";
import { checkExtraInput, type ExtraInput } from "@/lib/deployments/inputs/extra-inputs";
import { IGNORED_BY_PASSWORD_MANAGERS } from "./secret-input";

type Target = NonNullable<ExtraInput["target"]>;

const TARGETS: Record<Target, { label: string; name: string; placeholder: string; help?: string }> = {
  env: { label: "Environment variable", name: "Name of the environment variable", placeholder: "API_KEY" },
  arg: {
    label: "Argument",
    name: "Flag, or a word for a position",
    placeholder: "--token",
    help: "Its value follows it. A position gets the value alone.",
  },
  file: {
    label: "File",
    name: "Name of the file",
    placeholder: "key.json",
    help: "It lies in the server’s home, readable by the server alone.",
  },
};

export interface AddInputProps {
  /** Keys that already have a field. */
  taken: readonly string[];
  onAdd: (input: ExtraInput) => void;
}

/** Adds a variable, an argument or a file that the analysis did not find. */
export function AddInput({ taken, onAdd }: AddInputProps) {
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const [target, setTarget] = useState<Target>("env");
  const [key, setKey] = useState("");
  const [pathTo, setPathTo] = useState("");
  const [isSecret, setIsSecret] = useState(true);
  const [error, setError] = useState<string | null>(null);
  const { name, placeholder, help } = TARGETS[target];

  const add = () => {
    const input: ExtraInput = {
      key: key.trim(),
      secret: isSecret || target === "file",
      target,
      ...(target === "file" && { pathTo: pathTo.trim() }),
    };
    const found = checkExtraInput(input) ?? (taken.includes(input.key) ? "This already has a field." : null);
    setError(found);
    if (found !== null) return;
    onAdd(input);
    setKey("");
    setPathTo("");
  };
  const addOnEnter = (event: KeyboardEvent) => {
    // Without this, Enter would submit the surrounding form.
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  };

  if (!isOpen) {
    return (
      <Button variant="outline" size="sm" className="justify-self-start" onClick={() => setIsOpen(true)}>
        <Plus aria-hidden="true" />
        Add a variable, argument or file
      </Button>
    );
  }
  return (
    <fieldset className="grid min-w-0 gap-3 rounded-lg border bg-muted/40 p-4">
      <legend className="sr-only">Add a variable, argument or file</legend>
      <Field label="Kind" htmlFor={`${id}-kind`}>
        <Select
          value={target}
          onValueChange={(next) => {
            setTarget(next as Target);
            setError(null);
          }}
          options={Object.entries(TARGETS).map(([value, { label }]) => ({ value, label }))}
        />
      </Field>
      <Field label={name} htmlFor={id} error={error} help={(target === "env" && warnOfSteering(key.trim())) || help}>
        <Input
          autoFocus
          value={key}
          placeholder={placeholder}
          {...IGNORED_BY_PASSWORD_MANAGERS}
          className="font-mono"
          onChange={(event) => {
            setKey(event.target.value);
            setError(null);
          }}
          onKeyDown={addOnEnter}
        />
      </Field>
      {target === "file" && (
        <Field
          label="Variable or flag that gets its path"
          htmlFor={`${id}-path`}
          help="Leave it empty where the server finds the file by its name."
        >
          <Input
            value={pathTo}
            placeholder="KEY_FILE"
            {...IGNORED_BY_PASSWORD_MANAGERS}
            className="font-mono"
            onChange={(event) => setPathTo(event.target.value)}
            onKeyDown={addOnEnter}
          />
        </Field>
      )}
      {target !== "file" && (
        <div className="flex items-center gap-2.5">
          <Checkbox id={`${id}-secret`} checked={isSecret} onCheckedChange={setIsSecret} />
          <Label htmlFor={`${id}-secret`} className="font-normal">
            Its value is a secret
          </Label>
        </div>
      )}
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
