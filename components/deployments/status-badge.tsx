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
import type { DeploymentStatus, DesiredStatus } from "@/lib/deployments/view";
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

/** Between the press of Stop and the end of the server's processes. */
const STOPPING: StatusLook = {
  word: "Stopping",
  meaning: "You stopped it. It ends what it is doing.",
  icon: CirclePause,
  variant: "secondary",
  isMoving: true,
};

export interface StatusBadgeProps {
  status: DeploymentStatus;
  desired: DesiredStatus;
  className?: string;
}

/** Badge for a deployment's state: what is wanted where it is not reached yet, else its status. Icon, word and color. */
export function StatusBadge({ status, desired, className }: StatusBadgeProps) {
  const isStopping = desired === "stopped" && status !== "stopped";
  const { word, meaning, icon: Icon, variant, isMoving } = isStopping ? STOPPING : STATUS_LOOKS[status];
  return (
    <Badge variant={variant} title={meaning} data-status={status} className={className}>
      <Icon aria-hidden="true" className={cn(isMoving && (status === "deploying" ? "animate-spin" : "animate-lamp"))} />
      {word}
    </Badge>
  );
}
