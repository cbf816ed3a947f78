// Runs a client's features and prints, as JSON, which work: `yes`, `no` or the error that it raised.
export const QUESTION = "Tell me of the sea";
export const WEATHER = "Use get_weather: what is the weather in Berlin?";
export const LONG = "The sea is wide and deep, and no one has measured all of it. ".repeat(400);
// A red pixel.
export const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

export async function report(version, features) {
  const found = {};
  for (const [name, run] of Object.entries(features)) {
    try {
      found[name] = (await run()) ? "yes" : "no";
    } catch (error) {
      found[name] = `${error.name}: ${error.message}`.slice(0, 300);
    }
  }
  console.log(JSON.stringify({ version, features: found }));
}
