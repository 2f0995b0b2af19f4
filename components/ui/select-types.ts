import type { FocusEventHandler, ReactNode } from "react";

export interface SelectOption {
  /** Not empty: Radix does not allow that. */
  value: string;
  label: ReactNode;
  className?: string;
}

export interface SelectProps {
  /** The value of one of the options, or "" for none. */
  value: string;
  onValueChange: (value: string) => void;
  options: readonly SelectOption[];
  /** Text of a select without a value. */
  placeholder?: string;
  id?: string;
  className?: string;
  onBlur?: FocusEventHandler<HTMLButtonElement>;
}
