import { CircleAlert } from "lucide-react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";

export interface OtherOrganisationsProps {
  /** How many deployments are in which organisation. */
  organisations: Record<string, number>;
  /** The one that is set, or is about to be. */
  org: string;
  /** It is not saved yet. */
  isDraft?: boolean;
}

/** What becomes of deployments in other organisations than the one that is set; nothing when there are none. */
export function OtherOrganisations({ organisations, org, isDraft = false }: OtherOrganisationsProps) {
  // "personal" is another name of somebody's own organisation: Fly alone can tell whether it is another one.
  const mayBeSame = (slug: string) => [slug, org].includes("personal");
  const others = Object.entries(organisations).filter(([slug]) => slug !== org && (isDraft || !mayBeSame(slug)));
  if (others.length === 0) return null;
  const total = others.reduce((sum, [, count]) => sum + count, 0);
  const where = others.map(([slug, count]) => `${count} in ${slug}`).join(", ");
  const [are, they, them] = total === 1 ? ["is", "It goes", "it"] : ["are", "They go", "them"];
  return (
    <Alert variant="warning" role="status" data-part="other-organisations">
      <CircleAlert aria-hidden="true" />
      <AlertTitle>
        {total === 1 ? "1 deployment" : `${total} deployments`} {are} not in {org}: {where}
      </AlertTitle>
      <AlertDescription>
        {they} on answering calls there, and costing. But {isDraft ? "once this is saved" : "as it is set now"} Catwalk
        can neither start, stop, change, repair nor delete {them}: Fly’s tokens are good for one organisation.{" "}
        {isDraft
          ? `Delete ${them} first and deploy anew afterwards, or keep the organisation.`
          : `Set the organisation and its token again for that; what is deployed anew is made in ${org}.`}
        {others.some(([slug]) => mayBeSame(slug)) &&
          " “personal” is another name of one’s own organisation: if both are the same one, nothing changes."}
      </AlertDescription>
    </Alert>
  );
}
