/* What the readers' pages gain with a script; everything works without it.
   `/` goes to the search box, the box suggests names, and permanent links can be copied. */
(() => {
  "use strict";

  const isTyping = (element) =>
    element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName);

  const set = (element, attributes) => {
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    return element;
  };
  const make = (tag, attributes) => set(document.createElement(tag), attributes);

  document.addEventListener("keydown", (event) => {
    const box = document.getElementById("q");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  /* An editable combobox with list autocomplete (WAI-ARIA Authoring Practices 1.2). */
  class Suggestions {
    constructor(box) {
      this.box = box;
      this.options = [];
      this.active = -1;
      this.list = make("ul", {
        id: "suggestions", class: "suggestions", hidden: "", role: "listbox", "aria-label": "Suggested terms",
      });
      this.status = make("span", { class: "visually-hidden", role: "status" });
      box.after(this.list, this.status);
      set(box, {
        role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "suggestions",
      });
      box.addEventListener("input", () => this.ask());
      box.addEventListener("keydown", (event) => this.press(event));
      box.addEventListener("blur", () => this.close());
      // Without this a press on an option would take the focus, and the list would close under it.
      this.list.addEventListener("mousedown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => {
        const option = event.target.closest("[role=option]");
        if (option) this.go(this.options.indexOf(option));
      });
    }

    ask() {
      clearTimeout(this.timer);
      this.request?.abort();
      const text = this.box.value.trim();
      if (!text) return this.close();
      this.timer = setTimeout(() => this.fetch(text), 120);
    }

    async fetch(text) {
      const { signal } = (this.request = new AbortController());
      try {
        const address = `${this.box.dataset.suggest}?q=${encodeURIComponent(text)}`;
        const response = await fetch(address, { signal, credentials: "omit" });
        if (response.ok) this.show((await response.json()).suggestions);
      } catch (error) {
        // Aborted: a newer question is on its way. No network: the box stays a plain search box.
        if (error.name !== "AbortError") this.close();
      }
    }

    show(suggestions) {
      if (document.activeElement !== this.box) return;
      this.options = suggestions.map((suggestion, number) => {
        const option = make("li", { id: `suggestion-${number}`, role: "option", "aria-selected": "false" });
        const name = document.createElement("b");
        const more = document.createElement("small");
        option.dataset.url = suggestion.url;
        name.textContent = suggestion.text;
        const other = suggestion.name === suggestion.text ? "" : `see ${suggestion.name}. `;
        more.textContent = other + (suggestion.short_definition || "");
        option.append(name, more);
        return option;
      });
      this.active = -1;
      this.box.removeAttribute("aria-activedescendant");
      this.list.replaceChildren(...this.options);
      this.toggle(this.options.length > 0);
      const count = this.options.length;
      this.status.textContent = count ? `${count} suggestion${count === 1 ? "" : "s"}` : "No suggestions";
    }

    toggle(isOpen) {
      this.list.hidden = !isOpen;
      this.box.setAttribute("aria-expanded", isOpen);
    }

    close() {
      clearTimeout(this.timer);
      this.request?.abort();
      this.toggle(false);
      this.move(-1);
      this.status.textContent = "";
    }

    move(to) {
      this.options[this.active]?.setAttribute("aria-selected", "false");
      this.active = to;
      const option = this.options[to];
      if (!option) return this.box.removeAttribute("aria-activedescendant");
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.box.setAttribute("aria-activedescendant", option.id);
    }

    press(event) {
      const isOpen = !this.list.hidden;
      const count = this.options.length;
      if (event.isComposing) return;
      if (event.key === "Escape") {
        if (isOpen) event.preventDefault(); // a second Escape empties the box
        this.close();
      } else if (event.key === "ArrowDown" && count) {
        event.preventDefault();
        this.toggle(true);
        this.move(this.active + 1 < count ? this.active + 1 : -1);
      } else if (event.key === "ArrowUp" && count) {
        event.preventDefault();
        this.toggle(true);
        this.move(this.active < 0 ? count - 1 : this.active - 1);
      } else if (event.key === "Enter" && isOpen && this.active >= 0) {
        event.preventDefault();
        this.go(this.active);
      }
    }

    go(number) {
      location.assign(this.options[number].dataset.url);
    }
  }

  const box = document.querySelector("[data-suggest]");
  if (box?.dataset.suggest) new Suggestions(box);

  document.querySelectorAll("[data-permalink]").forEach((link) => {
    if (!navigator.clipboard) return; // only in secure contexts
    const button = make("button", { type: "button", class: "button" });
    const said = make("span", { class: "copied", role: "status" });
    button.textContent = "Copy link";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(link.href);
      said.textContent = "Copied";
    });
    link.parentElement.append(" ", button, said);
  });
})();
