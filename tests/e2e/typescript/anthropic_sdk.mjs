// Anthropic's TypeScript SDK.
import { readFileSync } from "node:fs";
import Anthropic from "@anthropic-ai/sdk";
import { LONG, PIXEL, QUESTION, report, WEATHER } from "./features.mjs";

const client = new Anthropic({ baseURL: process.env.ROUTER_URL, apiKey: "any" });
const TOOL = {
  name: "get_weather",
  description: "The weather in a city",
  input_schema: { type: "object", properties: { city: { type: "string" } } },
};
const IMAGE = { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } };
const ask = (content, more = {}) =>
  client.messages.create({ model: "auto", max_tokens: 200, messages: [{ role: "user", content }], ...more });
const last = (message) => message.content[message.content.length - 1];
const CACHED = { system: [{ type: "text", text: LONG, cache_control: { type: "ephemeral" } }] };

const { version } = JSON.parse(readFileSync("node_modules/@anthropic-ai/sdk/package.json"));
await report(version, {
  plain: async () => (await ask(QUESTION)).content[0].text,
  streamed: async () => {
    let text = "";
    const body = { model: "auto", max_tokens: 200, messages: [{ role: "user", content: QUESTION }] };
    const final = await client.messages.stream(body).on("text", (piece) => (text += piece)).finalMessage();
    return text === final.content[0].text && final.router.tier;
  },
  "system text": async () => (await ask(QUESTION, { system: "Be brief." })).content[0].text,
  tools: async () => last(await ask(WEATHER, { tools: [TOOL] })).name === "get_weather",
  "forced tool": async () => last(await ask("Berlin", { tools: [TOOL], tool_choice: { type: "any" } })).input,
  images: async () => (await ask([IMAGE, { type: "text", text: "What is this?" }])).content[0].text,
  caching: async () => {
    const { usage } = await ask(QUESTION, CACHED);
    return usage.cache_creation_input_tokens + usage.cache_read_input_tokens > 0;
  },
  count_tokens: async () => {
    const body = { model: "auto", messages: [{ role: "user", content: QUESTION }] };
    return (await client.messages.countTokens(body)).input_tokens;
  },
  errors: () => ask(QUESTION, { model: "no-such-model" }).catch((error) => error.status === 404),
});
