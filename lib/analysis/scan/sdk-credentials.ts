/** A language of sources, by the ending of their names. */
export type SdkLanguage = "python" | "javascript" | "go" | "rust" | "jvm" | "csharp";

/** A client of a service that takes its credentials from the environment where the code gives it none. */
export interface SdkClient {
  language: SdkLanguage;
  /** What a file that uses the library has in it. */
  library: RegExp;
  /** The call that makes the client, up to its opening bracket or to its end. */
  makes: RegExp;
  /** What gives the credentials instead: words of the arguments, or of what is called on the result; any argument; or nothing. */
  given: RegExp | "any" | "nothing";
  variables: readonly string[];
  /** Variables in whose place a file gives its clients something, with what it has in it then. */
  inFile?: Readonly<Record<string, RegExp>>;
  /** What the server says of itself where these credentials are its own: many use a cloud's chain only for a part that few need. */
  about?: RegExp;
  /** The variables without which the client cannot be made. */
  demands?: readonly string[];
  /** The ways to sign in, of which its requests need one. */
  ways?: readonly (readonly string[])[];
  /** What some file has in it where it gives all clients of the library their credentials: `thing.api_key = …`. */
  elsewhere?: RegExp;
}

/** The default chain of AWS (AWS SDKs and Tools Reference Guide, "Environment variables"). */
const AWS_CREDENTIALS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"];
export const AWS = [...AWS_CREDENTIALS, "AWS_REGION"];
/** boto3 has a name of its own for the region (Boto3 documentation, "Using environment variables"). */
export const BOTO = [...AWS_CREDENTIALS, "AWS_DEFAULT_REGION"];
/** EnvironmentCredential of Azure Identity, the first of its default chain. */
export const AZURE = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];
/** Application Default Credentials of Google Cloud. */
export const GOOGLE = ["GOOGLE_APPLICATION_CREDENTIALS"];
export const GOOGLE_WITH_PROJECT = [...GOOGLE, "GOOGLE_CLOUD_PROJECT"];
export const GEMINI = ["GOOGLE_API_KEY", "GEMINI_API_KEY"];
/** Unified authentication of the Databricks SDKs. */
export const DATABRICKS = ["DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"];
/** How the MLflow client signs in to a tracking server. */
export const MLFLOW = ["MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"];
export const VAULT = ["VAULT_ADDR", "VAULT_TOKEN"];
export const KUBERNETES = ["KUBECONFIG"];
export const DOCKER = ["DOCKER_HOST"];

export const ABOUT_AWS = /\b(aws|amazon|bedrock|s3|dynamo\w*|cloudwatch|lambda|athena|redshift|sagemaker|minio|r2)\b/i;
export const ABOUT_AZURE = /azure|entra|kusto|fabric|sharepoint|\b(ms|m|office)[- ]?365|outlook|power ?bi/i;
export const ABOUT_GOOGLE =
  /google|gcp\b|gcloud|bigquery|vertex|gemini|firebase|firestore|looker|chronicle|secops|sheets|gmail/i;
export const ABOUT_KUBERNETES = /kube|\bk8s\b|\bhelm\b|openshift|\bargo\w*|istio|\baks\b|\beks\b|\bgke\b/i;
/** Where the server is about something else, MLflow only records what a library of it trains. */
export const ABOUT_MLFLOW = /mlflow|databricks/i;
export const ABOUT_DOCKER = /docker|container|podman/i;
