"use client";

import { Plus, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { Textarea } from "@/components/ui/textarea";
import type { Drafts } from "./schema-arguments";
import type { Choice, Field as SchemaField } from "./schema-fields";

export interface SchemaFieldsProps {
  fields: SchemaField[];
  drafts: Drafts;
  errors: Record<string, string>;
  onChange: (path: string, draft: string | string[]) => void;
  idPrefix: string;
}

/** Builds the id of a field's control. Escapes the property's name, since an id cannot contain white space. */
export function toControlId(idPrefix: string, path: string): string {
  return idPrefix + path.replace(/[^A-Za-z0-9-]/g, (unit) => `_${unit.charCodeAt(0).toString(16)}`);
}

/** Controls for a tool's arguments. */
export function SchemaFields({ fields, ...rest }: SchemaFieldsProps) {
  return fields.map((field) => <SchemaFieldView key={field.path} field={field} {...rest} />);
}

type ViewProps = Omit<SchemaFieldsProps, "fields"> & { field: SchemaField };

function SchemaFieldView({ field, drafts, errors, onChange, idPrefix }: ViewProps) {
  const id = toControlId(idPrefix, field.path);
  const help = [field.description, field.hint && `(${field.hint})`].filter(Boolean).join(" ") || undefined;

  if (field.kind === "object") {
    return (
      <fieldset className="grid min-w-0 gap-4 rounded-lg border p-4">
        <legend className="px-1 font-medium text-sm">
          {field.label}
          {!field.required && <span className="ml-2 font-normal text-muted-foreground text-xs">optional</span>}
        </legend>
        {help && <p className="break-words text-[0.8125rem] text-muted-foreground leading-5">{help}</p>}
        <SchemaFields fields={field.fields} drafts={drafts} errors={errors} onChange={onChange} idPrefix={idPrefix} />
      </fieldset>
    );
  }
  const draft = drafts[field.path];
  const typed = typeof draft === "string" ? draft : "";
  const items = Array.isArray(draft) ? draft : [];
  const change = (next: string | string[]) => onChange(field.path, next);
  const label =
    field.label === field.key ? <span className="font-mono text-[0.8125rem]">{field.key}</span> : field.label;

  if (field.kind === "choices" || field.kind === "list") {
    return (
      <fieldset
        className="grid min-w-0 gap-2"
        id={id}
        tabIndex={-1}
        aria-describedby={errors[field.path] && `${id}-error`}
      >
        <legend className="mb-1.5 font-medium text-sm">
          {label}
          {field.required && <Required />}
        </legend>
        {field.kind === "choices" ? (
          <Choices id={id} choices={field.choices} chosen={items} onChange={change} />
        ) : (
          <List id={id} label={field.label} items={items} onChange={change} numeric={field.item !== "text"} />
        )}
        {errors[field.path] && (
          <p id={`${id}-error`} className="text-[0.8125rem] text-destructive leading-5">
            {errors[field.path]}
          </p>
        )}
        {help && <p className="break-words text-[0.8125rem] text-muted-foreground leading-5">{help}</p>}
      </fieldset>
    );
  }
  return (
    <Field label={label} htmlFor={id} required={field.required} error={errors[field.path]} help={help}>
      <Control field={field} typed={typed} onChange={change} />
    </Field>
  );
}

function Required() {
  return (
    <span aria-hidden="true" className="ml-0.5 text-brand">
      *
    </span>
  );
}

type SingleField = Exclude<SchemaField, { kind: "object" | "choices" | "list" }>;

function Control({ field, typed, onChange }: { field: SingleField; typed: string; onChange: (next: string) => void }) {
  switch (field.kind) {
    case "text":
      // Text of a known format has one line. Other text can have many.
      return field.format ? (
        <Input value={typed} autoComplete="off" spellCheck={false} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <Textarea
          value={typed}
          rows={1}
          autoComplete="off"
          className="max-h-80 min-h-9! py-1.5! pointer-coarse:min-h-11!"
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "number":
      return (
        <Input
          value={typed}
          inputMode={field.integer ? "numeric" : "decimal"}
          autoComplete="off"
          className="max-w-60 tabular-nums"
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "boolean":
      return field.required || typeof field.default === "boolean" ? (
        <Switch checked={typed === "true"} onCheckedChange={(checked) => onChange(String(checked))} />
      ) : (
        <OptionSelect
          value={typed}
          required={false}
          options={[
            ["true", "true"],
            ["false", "false"],
          ]}
          onChange={onChange}
        />
      );
    case "choice":
      return (
        <OptionSelect
          value={typed}
          required={field.required}
          options={field.choices.map((choice, index) => [String(index), choice.label])}
          onChange={onChange}
        />
      );
    case "json":
      return (
        <Textarea
          value={typed}
          rows={3}
          spellCheck={false}
          autoComplete="off"
          placeholder={field.shape === "array" ? "[ ]" : field.shape === "object" ? "{ }" : "any JSON value"}
          className="max-h-80 font-mono text-[0.8125rem] leading-5"
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}

/** Value of the item "Not set". Radix does not allow an empty one. */
const UNSET = "unset";

interface OptionSelectProps {
  value: string;
  required: boolean;
  options: [value: string, label: string][];
  onChange: (next: string) => void;
}

function OptionSelect({ value, required, options, onChange }: OptionSelectProps) {
  return (
    <Select
      value={value === "" ? (required ? "" : UNSET) : value}
      onValueChange={(next) => onChange(next === UNSET ? "" : next)}
      className="max-w-96"
      placeholder="Choose"
      options={[
        ...(required ? [] : [{ value: UNSET, label: <span className="text-muted-foreground">Not set</span> }]),
        ...options.map(([option, label]) => ({
          value: option,
          label: <span className="break-words">{label === "" ? "(empty)" : label}</span>,
        })),
      ]}
    />
  );
}

interface ChoicesProps {
  id: string;
  choices: Choice[];
  chosen: string[];
  onChange: (next: string[]) => void;
}

function Choices({ id, choices, chosen, onChange }: ChoicesProps) {
  return (
    <div className="grid max-h-60 gap-2.5 overflow-y-auto p-1">
      {choices.map((choice, index) => {
        const value = String(index);
        return (
          <div key={value} className="flex min-w-0 items-center gap-2.5">
            <Checkbox
              id={`${id}-${value}`}
              checked={chosen.includes(value)}
              onCheckedChange={(checked) =>
                onChange(checked ? [...chosen, value] : chosen.filter((each) => each !== value))
              }
            />
            <Label htmlFor={`${id}-${value}`} className="min-w-0 break-words font-normal">
              {choice.label}
            </Label>
          </div>
        );
      })}
    </div>
  );
}

interface ListProps {
  id: string;
  label: string;
  items: string[];
  numeric: boolean;
  onChange: (next: string[]) => void;
}

const MAX_ITEMS = 200;

function List({ id, label, items, numeric, onChange }: ListProps) {
  const itemId = (index: number) => `${id}-item-${index}`;
  const focusSoon = (index: number) => requestAnimationFrame(() => document.getElementById(itemId(index))?.focus());
  return (
    <div className="grid gap-2">
      {items.map((item, index) => (
        // Items have no identity but their position.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={index} className="flex gap-2">
          <Input
            id={itemId(index)}
            value={item}
            aria-label={`${label}, item ${index + 1}`}
            autoComplete="off"
            inputMode={numeric ? "decimal" : undefined}
            onChange={(event) => onChange(items.map((each, place) => (place === index ? event.target.value : each)))}
          />
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Remove item ${index + 1} of ${label}`}
            onClick={() => {
              onChange(items.filter((_, place) => place !== index));
              focusSoon(Math.max(0, index - 1));
            }}
          >
            <X aria-hidden="true" />
          </Button>
        </div>
      ))}
      <Button
        variant="outline"
        size="sm"
        className="w-fit"
        disabled={items.length >= MAX_ITEMS}
        onClick={() => {
          onChange([...items, ""]);
          focusSoon(items.length);
        }}
      >
        <Plus aria-hidden="true" />
        Add an item
      </Button>
    </div>
  );
}
