import type { LucideIcon } from "lucide-react";
import { Button, type ButtonProps } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";

export interface ActionButtonProps extends ButtonProps {
  icon: LucideIcon;
  /** It works on it: further clicks do nothing, and the focus stays where it is, as it would not on a disabled button. */
  busy: boolean;
}

/** A button for something that takes a moment. */
export function ActionButton({ icon: Icon, busy, onClick, children, ...props }: ActionButtonProps) {
  return (
    <Button
      {...props}
      aria-disabled={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {busy ? <Spinner /> : <Icon aria-hidden="true" />}
      {children}
    </Button>
  );
}
