/* Tabs by mouse and keyboard (arrows, Home, End); the address keeps the open one. */

/** Wire a role="tablist"; opened(name) on every change. Returns open(name). */
export function mountTabs(list, opened) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const nameOf = (tab) => tab.getAttribute("aria-controls");

  function open(name, focus = false) {
    for (const tab of tabs) {
      const chosen = nameOf(tab) === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(nameOf(tab)).hidden = !chosen;
      if (chosen && focus) tab.focus();
    }
    opened(name);
  }

  const choose = (tab) => {
    history.replaceState(null, "", `#${nameOf(tab)}`);
    open(nameOf(tab), true);
  };
  for (const tab of tabs) tab.addEventListener("click", () => choose(tab));
  list.addEventListener("keydown", (event) => {
    const shown = tabs.filter((tab) => !tab.hidden);
    const at = shown.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (next === undefined || at < 0) return;
    event.preventDefault();
    choose(shown[(next + shown.length) % shown.length]);
  });
  const wanted = tabs.find((tab) => `#${nameOf(tab)}` === location.hash && !tab.hidden) || tabs[0];
  open(nameOf(wanted));
  return open;
}
