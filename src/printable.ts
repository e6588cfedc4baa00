/**
 * Control characters, separators of lines and marks that turn the direction of writing, as far as JSON.stringify leaves
 * them as they are: with them a name can look like two lines of a log, or colour a terminal.
 */
const UNPRINTABLE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The same JSON with nothing in it that a terminal or a reader of lines takes for more than text. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
