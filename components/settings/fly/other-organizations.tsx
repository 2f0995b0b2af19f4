import { CircleAlert } from "lucide-react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";

export interface OtherOrganizationsProps {
  /** Number of deployments by organization. */
  organizations: Record<string, number>;
  /** Configured organization, or the one in the form. */
  org: string;
  /** The organization is not saved yet. */
  isDraft?: boolean;
}

/** Explains what happens to deployments in other organizations. Renders nothing when there are none. */
export function OtherOrganizations({ organizations, org, isDraft = false }: OtherOrganizationsProps) {
  // "personal" is an alias of a person's own organization, and only Fly knows which one.
  const mayBeSame = (slug: string) => [slug, org].includes("personal");
  const others = Object.entries(organizations).filter(([slug]) => slug !== org && (isDraft || !mayBeSame(slug)));
  if (others.length === 0) return null;
  const total = others.reduce((sum, [, count]) => sum + count, 0);
  const where = others.map(([slug, count]) => `${count} in ${slug}`).join(", ");
  const [are, they, them] = total === 1 ? ["is", "It keeps", "it"] : ["are", "They keep", "them"];
  return (
    <Alert variant="warning" role="status" data-part="other-organizations">
      <CircleAlert aria-hidden="true" />
      <AlertTitle>
        {total === 1 ? "1 deployment" : `${total} deployments`} {are} not in {org}: {where}
      </AlertTitle>
      <AlertDescription>
        {they} answering calls and costing money. But {isDraft ? "after saving this" : "with these settings"}, Catwalk
        cannot start, stop, change, repair or delete {them}: a Fly token works for one organization only.{" "}
        {isDraft
          ? `Delete ${them} first and deploy again afterwards, or keep the organization.`
          : `To change that, set the earlier organization and its token again. New deployments run in ${org}.`}
        {others.some(([slug]) => mayBeSame(slug)) &&
          " “personal” is an alias of your own organization: if both are the same, nothing changes."}
      </AlertDescription>
    </Alert>
  );
}
