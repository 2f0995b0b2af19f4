/** What a description says of a value that one use alone needs: "(if using webhooks)", "(only needed for exports)", "If you want to write, …". */
const OF_ONE_CASE =
  /^(?:only )?(?:if|when) you (?:want|need|wish|plan|would like) (?:to|\w{1,30}ing) (?!use this|run|start|connect)|\((?:only )?(?:needed |required |used )?(?:only )?(?:if|when) (?:you )?(?:us(?:e|ing)|want|enabl\w+)\b|\bonly (?:needed|required|used) (?:if|when|for)\b/i;

/** "Required for update operations" */
const OF_SOME_OPERATIONS =
  /\b(?:required|needed|necessary) for (?:the )?(?!all\b|any\b|every\b|most\b|these\b|api\b|server\b|mcp\b|tool\b|core\b|basic\b|its\b)[\w/-]{1,30}(?: [\w/-]{1,30})? (?:operations|features?)\b/i;

/** "Your token for accessing private datasets": what is public needs none. */
const OF_WHAT_IS_PRIVATE =
  /\b(?:for|to) (?:access(?:ing)?(?: to)?|read(?:ing)?|us(?:e|ing)|download(?:ing)?)? ?private (?:(?:and|or|\/) ?gated )?(?:repos?|repositories|datasets?|models?|packages?|spaces?|projects?|boards?|data|content|rooms?|channels?|gists?)\b/i;

/** Returns whether a description says that one use of the server alone needs a value. */
export function isOfOneCase(description: string): boolean {
  const text = description.slice(0, 500);
  return OF_ONE_CASE.test(text) || OF_SOME_OPERATIONS.test(text) || OF_WHAT_IS_PRIVATE.test(text);
}
