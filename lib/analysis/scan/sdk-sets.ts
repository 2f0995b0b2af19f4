import type { SdkClient } from "./sdk-credentials.ts";
import { importOf } from "./sdk-keyed.ts";

const FAL = ["FAL_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET"];
const FAL_WAYS = [["FAL_KEY"], ["FAL_KEY_ID", "FAL_KEY_SECRET"]];
const CLOUDFLARE = ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL"];
const CLOUDFLARE_WAYS = [["CLOUDFLARE_API_TOKEN"], ["CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL"]];
const CLOUDFLARE_GIVEN = /api_?(?:token|key)|\btoken\b|user_?service_?key/i;
const TWILIO = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"];
const DATADOG = ["DD_API_KEY", "DD_APP_KEY", "DD_SITE"];
const UPSTASH = ["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"];
const SPOTIFY = ["SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET"];
/** By its name, or as the first of several. */
const SPOTIFY_GIVEN = /client_id|^\s{0,20}[\w.]{1,80}\s{0,5},/;
const LANGFUSE = ["LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"];
/** Where the server is about something else, Langfuse only watches it. */
const ABOUT_LANGFUSE = /langfuse/i;
const AZURE_OPENAI = ["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "OPENAI_API_VERSION"];
const AZURE_OPENAI_GIVEN = /api_?key|ad_?token|credential/i;
const AZURE_OPENAI_IN_FILE = {
  AZURE_OPENAI_ENDPOINT: /azure_endpoint|base_url|\bendpoint\b|baseURL/,
  OPENAI_API_VERSION: /api_?version/i,
};

/** Clients that read several variables: some need them all, some have several ways to sign in. */
export const CLIENTS_OF_SETS: readonly SdkClient[] = [
  {
    language: "python",
    library: importOf("fal_client"),
    makes:
      /\b(?:fal_client|async_client|sync_client)\.(?:run|submit|subscribe|stream|realtime|upload\w{0,20})(?:_async)?\(/g,
    given: "nothing",
    variables: FAL,
    ways: FAL_WAYS,
  },
  {
    language: "python",
    library: importOf("fal_client"),
    makes: /\b(?:Sync|Async)Client\(/g,
    given: /\bkey\b/,
    variables: FAL,
    ways: FAL_WAYS,
  },
  {
    language: "javascript",
    library: /["']@fal-ai\/(?:serverless-)?client["']/,
    makes: /\bfal\w{0,20}\.(?:run|subscribe|stream|(?:queue|storage)\.\w{1,20})\(/g,
    given: "nothing",
    elsewhere: /\.config\(\s{0,20}\{[^{}]{0,300}\b(?:credentials|proxyUrl)\b/,
    variables: FAL,
    ways: FAL_WAYS,
  },
  {
    language: "javascript",
    library: /["']@fal-ai\/client["']/,
    makes: /\bcreateFalClient\(/g,
    given: /credentials|proxyUrl/,
    variables: FAL,
    ways: FAL_WAYS,
  },
  {
    language: "python",
    library: importOf("cloudflare"),
    makes: /\b(?:Async)?Cloudflare\(/g,
    given: CLOUDFLARE_GIVEN,
    variables: CLOUDFLARE,
    ways: CLOUDFLARE_WAYS,
  },
  {
    language: "javascript",
    library: /["']cloudflare["']/,
    makes: /\bnew\s{1,5}Cloudflare\(/g,
    given: CLOUDFLARE_GIVEN,
    variables: CLOUDFLARE,
    ways: CLOUDFLARE_WAYS,
  },
  {
    language: "python",
    library: /\btwilio\.rest\b/,
    makes: /\bClient\(/g,
    given: "any",
    variables: TWILIO,
    demands: TWILIO,
  },
  {
    language: "javascript",
    library: /["']twilio["']/,
    makes: /\b(?:twilio|Twilio)\(/g,
    given: "any",
    variables: TWILIO,
    demands: TWILIO,
  },
  {
    language: "python",
    library: importOf("spotipy"),
    makes: /\bSpotifyClientCredentials\(/g,
    given: SPOTIFY_GIVEN,
    variables: SPOTIFY,
    demands: SPOTIFY,
  },
  {
    language: "python",
    library: importOf("spotipy"),
    makes: /\bSpotifyOAuth\(/g,
    given: SPOTIFY_GIVEN,
    variables: [...SPOTIFY, "SPOTIPY_REDIRECT_URI"],
    inFile: { SPOTIPY_REDIRECT_URI: /\bredirect_uri\b/ },
    demands: SPOTIFY,
  },
  {
    language: "python",
    library: importOf("datadog_api_client"),
    makes: /\bConfiguration\(/g,
    given: /api_key/,
    elsewhere: /\.api_key\[/,
    variables: DATADOG,
    inFile: { DD_SITE: /server_variables/ },
  },
  {
    language: "javascript",
    library: /["']@datadog\/datadog-api-client["']/,
    makes: /\.createConfiguration\(/g,
    given: /authMethods/,
    variables: DATADOG,
    inFile: { DD_SITE: /setServerVariables/ },
  },
  {
    language: "python",
    library: importOf("upstash_redis"),
    makes: /\bRedis\.from_env\(/g,
    given: "nothing",
    variables: UPSTASH,
    demands: UPSTASH,
  },
  {
    language: "javascript",
    library: /["']@upstash\/redis(?:\/\w{1,20})?["']/,
    makes: /\bRedis\.fromEnv\(/g,
    given: "nothing",
    variables: UPSTASH,
  },
  {
    language: "python",
    library: importOf("langfuse"),
    makes: /\b(?:Langfuse|get_client)\(/g,
    given: /_key\b/,
    variables: [...LANGFUSE, "LANGFUSE_HOST"],
    about: ABOUT_LANGFUSE,
  },
  {
    language: "javascript",
    library: /["']langfuse["']/,
    makes: /\bnew\s{1,5}Langfuse\(/g,
    given: /(?:public|secret)Key\b/,
    variables: [...LANGFUSE, "LANGFUSE_BASEURL"],
    about: ABOUT_LANGFUSE,
  },
  {
    language: "python",
    library: importOf("kaggle"),
    makes: /\bKaggleApi\(|\bkaggle\.api\.\w{1,60}\(/g,
    given: "nothing",
    variables: ["KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN"],
  },
  {
    language: "python",
    library: importOf("dashscope"),
    makes:
      /\b(?:Aio)?(?:Generation|MultiModalConversation|ImageSynthesis|VideoSynthesis|TextEmbedding)\.(?:call|async_call)\(/g,
    given: /api_key/,
    elsewhere: /\bdashscope\.api_key\s{0,5}=/,
    variables: ["DASHSCOPE_API_KEY"],
  },
  {
    language: "python",
    library: importOf("openai"),
    makes: /\b(?:Async)?AzureOpenAI\(/g,
    given: AZURE_OPENAI_GIVEN,
    variables: AZURE_OPENAI,
    inFile: AZURE_OPENAI_IN_FILE,
  },
];
