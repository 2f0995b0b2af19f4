"use client";

import { type ComponentProps, createContext, useContext, useId } from "react";
import { cn } from "@/lib/util/class-names";
import { ignoreEnter } from "./enter-key";

interface RadioGroupState {
  name: string;
  value: string;
  onValueChange: (value: string) => void;
}

const RadioGroupContext = createContext<RadioGroupState | null>(null);

export interface RadioGroupProps extends ComponentProps<"div"> {
  value: string;
  onValueChange: (value: string) => void;
}

/** Choice of one among RadioGroupItems. The browser moves the choice with the arrow keys. */
export function RadioGroup({ className, value, onValueChange, ...props }: RadioGroupProps) {
  const name = useId();
  return (
    <RadioGroupContext value={{ name, value, onValueChange }}>
      <div role="radiogroup" data-slot="radio-group" className={cn("grid min-w-0 gap-2", className)} {...props} />
    </RadioGroupContext>
  );
}

export interface RadioGroupItemProps extends Omit<ComponentProps<"input">, "type" | "value" | "onChange"> {
  value: string;
}

/** The browser's radio button in the look of the page. Where the system forces its own colors, it looks like the system's. */
export function RadioGroupItem({ className, value, ...props }: RadioGroupItemProps) {
  const group = useContext(RadioGroupContext);
  if (!group) throw new Error("A RadioGroupItem must be inside a RadioGroup.");
  return (
    <input
      type="radio"
      data-slot="radio-group-item"
      name={group.name}
      value={value}
      checked={group.value === value}
      onChange={() => group.onValueChange(value)}
      onKeyDown={ignoreEnter}
      className={cn(
        "relative grid size-4 shrink-0 appearance-none place-content-center rounded-full border border-muted-foreground/60 bg-card outline-none transition-colors after:absolute after:-inset-3.5 after:content-['']",
        "before:hidden before:size-2 before:rounded-full before:bg-brand checked:border-brand checked:before:block",
        "focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-offset-2 focus-visible:ring-offset-background",
        "disabled:cursor-not-allowed disabled:opacity-50",
        "forced-colors:appearance-auto forced-colors:before:hidden!",
        className,
      )}
      {...props}
    />
  );
}
