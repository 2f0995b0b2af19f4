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
  /** The variables without which the client cannot be made. */
  demands?: readonly string[];
}

/** The default chain of AWS (AWS SDKs and Tools Reference Guide, "Environment variables"). */
export const AWS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"];
/** EnvironmentCredential of Azure Identity, the first of its default chain. */
export const AZURE = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"];
/** Application Default Credentials of Google Cloud. */
export const GOOGLE = ["GOOGLE_APPLICATION_CREDENTIALS"];
export const GOOGLE_WITH_PROJECT = [...GOOGLE, "GOOGLE_CLOUD_PROJECT"];
export const GEMINI = ["GOOGLE_API_KEY", "GEMINI_API_KEY"];
/** Unified authentication of the Databricks SDKs. */
export const DATABRICKS = ["DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"];
export const VAULT = ["VAULT_ADDR", "VAULT_TOKEN"];
export const KUBERNETES = ["KUBECONFIG"];
export const DOCKER = ["DOCKER_HOST"];
