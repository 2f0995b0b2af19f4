import {
  CircleCheck,
  CircleDashed,
  CirclePause,
  LoaderCircle,
  type LucideIcon,
  Moon,
  Trash2,
  TriangleAlert,
} from "lucide-react";
import { Badge, type BadgeProps } from "@/components/ui/badge";
import type { DeploymentStatus } from "@/lib/deployments/view";
import { cn } from "@/lib/util/class-names";

interface StatusLook {
  word: string;
  meaning: string;
  icon: LucideIcon;
  variant: NonNullable<BadgeProps["variant"]>;
  isMoving?: boolean;
}

const STATUS_LOOKS: Record<DeploymentStatus, StatusLook> = {
  pending: {
    word: "Pending",
    meaning: "Waiting for other deployments to finish.",
    icon: CircleDashed,
    variant: "secondary",
  },
  deploying: {
    word: "Deploying",
    meaning: "Starting. It will be live soon.",
    icon: LoaderCircle,
    variant: "brand",
    isMoving: true,
  },
  live: { word: "Live", meaning: "Running and answering calls.", icon: CircleCheck, variant: "success" },
  sleeping: { word: "Sleeping", meaning: "The next call wakes it.", icon: Moon, variant: "info" },
  failing: {
    word: "Failing",
    meaning: "Not running. Open it to see why.",
    icon: TriangleAlert,
    variant: "destructive",
  },
  stopped: { word: "Stopped", meaning: "You stopped it. Calls fail.", icon: CirclePause, variant: "secondary" },
  deleting: { word: "Deleting", meaning: "Being deleted.", icon: Trash2, variant: "secondary", isMoving: true },
};

/** Badge for a deployment's status: icon, word and color. */
export function StatusBadge({ status, className }: { status: DeploymentStatus; className?: string }) {
  const { word, meaning, icon: Icon, variant, isMoving } = STATUS_LOOKS[status];
  return (
    <Badge variant={variant} title={meaning} data-status={status} className={className}>
      <Icon aria-hidden="true" className={cn(isMoving && (status === "deploying" ? "animate-spin" : "animate-lamp"))} />
      {word}
    </Badge>
  );
}
