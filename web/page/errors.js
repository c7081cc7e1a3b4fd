/* What a visitor is told of what went wrong. */

/**
 * The sentence of an error, whatever was thrown.
 * @param {unknown} error
 */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));
