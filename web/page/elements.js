/* The parts of index.html, by id. */

/**
 * The element of this id; it is there.
 * @param {string} id
 */
export const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * A form's part of this id.
 * @param {string} id
 */
export const input = (id) => /** @type {HTMLInputElement} */ (at(id));

/**
 * A button of this id.
 * @param {string} id
 * @param {() => void} pressed
 */
export const onPress = (id, pressed) => at(id).addEventListener("click", pressed);
