/* The tree of terms as a tree: branches fold and open, those that are not on the page are fetched.
   Without this it is a nested list (WAI-ARIA Authoring Practices 1.2, navigation treeview). */
(() => {
  "use strict";

  const tree = document.querySelector(".tree");
  const fold = document.querySelector("[data-fold]");
  const isRightToLeft = getComputedStyle(tree).direction === "rtl";
  const [inward, outward] = isRightToLeft ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
  let groups = 0;
  let typed = "";
  let forgetTyped;

  const set = (element, attributes) =>
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  const items = (part = tree) => [...part.querySelectorAll("[role=treeitem]")];
  const shown = () => items().filter((item) => !item.closest("[hidden]"));
  const groupOf = (item) => item.parentElement.querySelector(":scope > ul");
  const isFolded = (item) => item.getAttribute("aria-expanded") === "false";
  const isOpen = (item) => item.getAttribute("aria-expanded") === "true";
  const above = (item) => item.closest("[role=group]")?.parentElement.querySelector("[role=treeitem]");

  /* One line is a stop of the tabulator. */
  const stopAt = (item) => items().forEach((other) => (other.tabIndex = other === item ? 0 : -1));
  const focus = (item) => {
    stopAt(item);
    item.focus();
  };

  const own = (item, group) => {
    groups += 1;
    set(group, { role: "group", id: `under-${groups}` });
    set(item, { "aria-owns": group.id, "aria-expanded": "true" });
  };

  /* Give lines their roles. A number that leads to the page of its branch opens the branch here instead. */
  const dress = (lines) =>
    lines.forEach((line) => {
      const item = line.querySelector("a");
      const count = line.querySelector(":scope > .tree-count");
      const group = groupOf(item);
      set(line, { role: "none" });
      set(item, { role: "treeitem", tabindex: "-1" });
      if (group) own(item, group);
      else if (count) {
        item.dataset.more = count.href;
        set(item, { "aria-expanded": "false" });
        count.removeAttribute("href");
      }
      if (count) set(count, { "aria-hidden": "true" });
    });

  const fetchUnder = async (item) => {
    const address = item.dataset.more;
    if (item.hasAttribute("aria-busy")) return;
    set(item, { "aria-busy": "true" });
    try {
      const response = await fetch(address, { credentials: "omit" });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const group = document.createElement("ul");
      group.append(...page.querySelector(".tree").children);
      delete item.dataset.more;
      item.parentElement.append(group);
      own(item, group);
      dress([...group.querySelectorAll("li")]);
    } catch {
      location.assign(address); // the page says what is wrong
    }
    item.removeAttribute("aria-busy");
  };

  const toggle = (item, open) => {
    if (open && item.dataset.more) return fetchUnder(item);
    set(item, { "aria-expanded": open });
    groupOf(item).hidden = !open;
    if (!open && groupOf(item).querySelector("[tabindex='0']")) stopAt(item);
  };

  const find = (letter, item) => {
    clearTimeout(forgetTyped);
    forgetTyped = setTimeout(() => (typed = ""), 700);
    typed += letter.toLowerCase();
    const all = shown();
    const from = all.indexOf(item) + (typed.length === 1);
    return [...all.slice(from), ...all.slice(0, from)].find((other) =>
      other.textContent.toLowerCase().startsWith(typed));
  };

  const press = (event) => {
    const item = event.target.closest("[role=treeitem]");
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    const all = shown();
    const place = all.indexOf(item);
    const isLetter = key.length === 1 && !"* /".includes(key);
    let next;
    if (!isLetter) typed = "";
    if (isLetter) next = find(key, item);
    else if (key === "ArrowDown") next = all[place + 1];
    else if (key === "ArrowUp") next = all[place - 1];
    else if (key === "Home") next = all[0];
    else if (key === "End") next = all.at(-1);
    else if (key === inward && isFolded(item)) toggle(item, true);
    else if (key === inward && isOpen(item)) next = items(groupOf(item))[0];
    else if (key === outward && isOpen(item)) toggle(item, false);
    else if (key === outward) next = above(item);
    else if (key === "*") {
      const beside = [...item.closest("ul").children].map((line) => line.querySelector("[role=treeitem]"));
      // Each may have to be fetched.
      beside.filter(isFolded).slice(0, 20).forEach((other) => toggle(other, true));
    } else if (key !== inward && key !== outward) return;
    event.preventDefault();
    if (next) focus(next);
  };

  set(tree, { role: "tree" });
  dress([...tree.querySelectorAll("li")]);
  stopAt(items()[0]);
  tree.addEventListener("keydown", press);
  tree.addEventListener("click", (event) => {
    const count = event.target.closest(".tree-count");
    const item = count?.parentElement.querySelector("[role=treeitem]");
    if (!item) return;
    focus(item);
    toggle(item, isFolded(item));
  });

  if (!fold) return;
  fold.hidden = false;
  fold.addEventListener("click", () => {
    const open = items().filter(isOpen);
    if (open.length) open.forEach((item) => toggle(item, false));
    else items().filter((item) => groupOf(item)).forEach((item) => toggle(item, true));
    fold.textContent = open.length ? "Open all" : "Fold all";
  });
})();
