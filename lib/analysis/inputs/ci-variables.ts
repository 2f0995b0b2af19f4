/** Variables that nothing but a run of continuous integration has: GitHub Actions, GitLab CI, CircleCI, Travis CI, Buildkite, Azure Pipelines. */
const OF_RUNS =
  /^(?:GITHUB_(?:ACTION|ACTIONS|ACTION_\w+|BASE_REF|EVENT_NAME|EVENT_PATH|HEAD_REF|OUTPUT|REF|REF_NAME|REF_TYPE|REF_PROTECTED|REPOSITORY_ID|RETENTION_DAYS|RUN_ID|RUN_NUMBER|RUN_ATTEMPT|SHA|STEP_SUMMARY|TRIGGERING_ACTOR|WORKFLOW_REF|WORKFLOW_SHA|WORKSPACE)|ACTIONS_(?:ID_TOKEN_REQUEST_\w+|RUNTIME_\w+|CACHE_URL|RESULTS_URL|STEP_DEBUG)|RUNNER_(?:OS|ARCH|TEMP|TOOL_CACHE|ENVIRONMENT|DEBUG)|GITLAB_CI|CI_(?:API_V4_URL|BUILDS_DIR|DEFAULT_BRANCH|REPOSITORY_URL|(?:COMMIT|CONFIG|ENVIRONMENT|JOB|MERGE_REQUEST|NODE|PAGES|PIPELINE|PROJECT|REGISTRY|RUNNER|SERVER)_\w+)|CIRCLECI|CIRCLE_(?:BRANCH|BUILD_NUM|JOB|PULL_REQUESTS?|SHA1|TAG|WORKFLOW_ID)|TRAVIS|TRAVIS_(?:BRANCH|BUILD_\w+|COMMIT\w*|JOB_\w+|PULL_REQUEST\w*|REPO_SLUG|TAG)|BUILDKITE|BUILDKITE_(?:BRANCH|BUILD_(?:ID|NUMBER|URL)|COMMIT|JOB_ID|PULL_REQUEST\w*|TAG)|TF_BUILD|BUILD_(?:SOURCEBRANCH\w*|SOURCEVERSION|REPOSITORY_\w+))$/;

/** Variables of GitHub Actions that a server of GitHub may have of its own as well. */
const OF_RUNS_OR_PEOPLE =
  /^GITHUB_(?:REPOSITORY|REPOSITORY_OWNER|SERVER_URL|API_URL|GRAPHQL_URL|ACTOR|ACTOR_ID|WORKFLOW|JOB|ENV|PATH)$/;

/** Returns whether a run of continuous integration sets a variable, so that no person does. */
export function isCiName(key: string): boolean {
  return OF_RUNS.test(key);
}

/**
 * Returns whether a variable that people may set too is most likely read of a run of continuous integration: the code looks at others which
 * only such a run has.
 *
 * @param keys all names that the code reads
 */
export function isLikelyOfCi(key: string, keys: readonly string[]): boolean {
  return OF_RUNS_OR_PEOPLE.test(key) && keys.some((other) => other.startsWith("GITHUB_") && OF_RUNS.test(other));
}
