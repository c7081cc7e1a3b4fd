/* Tabs by mouse and keyboard (arrows, Home, End); the address keeps the open one. */

import { at } from "./elements.js";

/**
 * Wire a role="tablist". Returns what opens a tab by its name.
 * @param {HTMLElement} list
 * @param {(name: string) => void} opened hears of every change
 */
export function mountTabs(list, opened) {
  const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role="tab"]')]);
  /** @param {HTMLElement} tab */
  const nameOf = (tab) => String(tab.getAttribute("aria-controls"));

  /**
   * @param {string} name
   * @param {boolean} [focus]
   */
  function open(name, focus = false) {
    for (const tab of tabs) {
      const chosen = nameOf(tab) === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      at(nameOf(tab)).hidden = !chosen;
      if (chosen && focus) tab.focus();
    }
    opened(name);
  }

  /** @param {HTMLElement} tab */
  const choose = (tab) => {
    history.replaceState(null, "", `#${nameOf(tab)}`);
    open(nameOf(tab), true);
  };
  for (const tab of tabs) tab.addEventListener("click", () => choose(tab));
  list.addEventListener("keydown", (event) => {
    const shown = tabs.filter((tab) => !tab.hidden);
    const place = shown.findIndex((tab) => tab === document.activeElement);
    /** @type {Record<string, number>} */
    const places = {
      ArrowRight: place + 1,
      ArrowLeft: place - 1,
      Home: 0,
      End: shown.length - 1,
    };
    if (!(event.key in places) || place < 0) return;
    event.preventDefault();
    choose(shown[(places[event.key] + shown.length) % shown.length]);
  });
  const asked = location.hash.slice(1).split("=")[0]; // "#lesson=3" opens the lesson
  const wanted = tabs.find((tab) => nameOf(tab) === asked && !tab.hidden);
  open(nameOf(wanted ?? tabs[0]));
  return open;
}
