/* The Unlearn form: choices to settings, a link to choices and back. Names are those of the app's
 * page, so that its links work here; as forgetdemo/views/form.py. Pure functions. */

import { messageOf } from "./errors.js";
import { sizeOf } from "./patch.js";

const NONE = "none";
/** Fields of a run's settings by the names of the form. */
const WEIGHTS = { keep: "weight_retain", penalty: "weight_penalty", pull: "weight_redirect" };
const DIGIT = /^[0-9]$/;

/**
 * The slider's position → share of weights in percent, two significant digits, 0.1 to 100.
 * @param {number} position the power of ten
 */
export const percentOf = (position) =>
  Math.min(100, Math.max(0.1, Number((10 ** position).toPrecision(2))));

/**
 * "1 %: 4,293 of 429,258 weights may move".
 * @param {number} position
 * @param {Learning} about
 */
export function shareWords(position, about) {
  const total = Object.values(about.shapes).reduce((sum, shape) => sum + sizeOf(shape), 0);
  const [share, count] = [
    percentOf(position),
    (/** @type {number} */ value) => value.toLocaleString("en"),
  ];
  const moved = Math.floor((share / 100) * total + 0.5);
  return `${share} %: ${count(moved)} of ${count(total)} weights may move`;
}

/**
 * What the form shows before anyone touches it.
 * @param {Learning} about
 * @returns {Choices}
 */
export function startValues({ redirecting: run }) {
  const weights = Object.entries(WEIGHTS).map(([name, field]) => [
    name,
    String(run[/** @type {"weight_retain"} */ (field)]),
  ]);
  return {
    forget: String(run.forget_class),
    substitute: run.redirect_to === null ? NONE : String(run.redirect_to),
    share: String(Number(Math.log10(100 * run.mask_fraction).toFixed(2))),
    ...Object.fromEntries(weights),
    seed: String(run.seed),
  };
}

/**
 * Choices → a run's settings.
 * @param {Choices} values
 * @param {Learning} about
 * @returns {RunSettings}
 * @throws {Error} one sentence on the first value that cannot be meant
 */
export function settingsOf(values, about) {
  const { forget, substitute } = values;
  if (!DIGIT.test(forget)) throw new Error("The class to forget must be one of the ten.");
  if (substitute !== NONE && !DIGIT.test(substitute))
    throw new Error("The answer instead must be one of the ten classes, or none.");
  if (forget === substitute)
    throw new Error("The answer instead must be another class than the one to forget.");
  /** @param {string} name */
  const number = (name) => {
    const [low, high] = about.ranges[name];
    const value = values[name].trim() === "" ? NaN : Number(values[name]);
    if (!(value >= low && value <= high) || (name === "seed" && !Number.isInteger(value)))
      throw new Error(
        `${name} must be a ${name === "seed" ? "whole " : ""}number from ${low} to ${high}.`,
      );
    return value;
  };
  const free = substitute === NONE;
  const weights = Object.entries(WEIGHTS).map(([name, field]) => [field, number(name)]);
  return {
    ...(free ? about.natural : about.redirecting),
    forget_class: Number(forget),
    redirect_to: free ? null : Number(substitute),
    mask_fraction: percentOf(number("share")) / 100,
    seed: number("seed"),
    ...(free ? {} : Object.fromEntries(weights)),
  };
}

/**
 * What an address asks for; what it does not name keeps its default.
 * @param {string} search of the address
 * @param {Learning} about
 * @returns {{ values: Choices, wrong: string }} `wrong`: why the defaults stand, "" if nothing is
 */
export function linkValues(search, about) {
  const start = startValues(about);
  const values = { ...start };
  for (const [name, text] of new URLSearchParams(search))
    if (name in values && text.length <= 40) values[name] = text;
  try {
    settingsOf(values, about);
    return { values, wrong: "" };
  } catch (error) {
    return { values: start, wrong: `This link cannot be meant: ${messageOf(error)}` };
  }
}

/**
 * The address's part that says what was chosen.
 * @param {Choices} values
 */
export const searchOf = (values) => `?${new URLSearchParams(values)}`;
