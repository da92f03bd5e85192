/* What the readers' pages gain with a script; everything works without it.
   `/` goes to the search box, and the box suggests names. */
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

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toUpperCase().toLowerCase();

  /* Where a name has what was typed, at the beginning of a word: from and to, or nothing. */
  const placeOf = (typed, name) => {
    const signs = [...name];
    const starts = []; // for each letter of the folded name, the sign it comes from
    const folded = signs.map((sign, number) => {
      const letters = fold(sign);
      starts.push(...Array(letters.length).fill(number));
      return letters;
    }).join("");
    let at = -1;
    do at = folded.indexOf(typed, at + 1);
    while (at > 0 && /[\p{L}\p{N}]/u.test(folded[at - 1]));
    if (at < 0 || !typed) return null;
    return [starts[at], starts[at + typed.length - 1] + 1];
  };

  /* The nodes of a name, with what was typed marked. */
  const marked = (typed, name) => {
    const place = placeOf(typed, name);
    if (!place) return [name];
    const signs = [...name];
    const mark = document.createElement("mark");
    mark.textContent = signs.slice(...place).join("");
    return [signs.slice(0, place[0]).join(""), mark, signs.slice(place[1]).join("")];
  };

  /* An editable combobox with list autocomplete (WAI-ARIA Authoring Practices 1.2). The focus stays in
     the box; `aria-activedescendant` says which option is chosen. Enter without a choice is the form's. */
  class Suggestions {
    constructor(box) {
      this.box = box;
      this.options = [];
      this.active = -1;
      this.answers = new Map();
      this.list = make("ul", {
        id: "suggestions", class: "suggestions", hidden: "", role: "listbox", "aria-label": "Suggested terms",
        tabindex: "-1", // a list that scrolls would be a stop for Tab of its own
      });
      this.status = make("span", { class: "visually-hidden", role: "status" });
      box.after(this.list, this.status);
      set(box, {
        role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "suggestions",
      });
      box.addEventListener("input", (event) => event.isComposing || this.ask());
      box.addEventListener("compositionend", () => this.ask());
      box.addEventListener("keydown", (event) => this.press(event));
      box.addEventListener("blur", () => this.close());
      // Without this a press on an option would take the focus, and the list would close under it.
      this.list.addEventListener("mousedown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => {
        const option = event.target.closest("[role=option]");
        if (option) this.go(this.options.indexOf(option));
      });
    }

    get isOpen() {
      return !this.list.hidden;
    }

    ask() {
      this.stop();
      const text = this.box.value.trim();
      if (!text) return this.close();
      if (this.answers.has(text)) return this.show(text);
      this.timer = setTimeout(() => this.fetch(text), 50);
    }

    /* What is asked is not wanted any more: its answer, should it come, is dropped. */
    stop() {
      clearTimeout(this.timer);
      this.request?.abort();
    }

    async fetch(text) {
      const { signal } = (this.request = new AbortController());
      try {
        const address = `${this.box.dataset.suggest}?q=${encodeURIComponent(text)}`;
        const response = await fetch(address, { signal, credentials: "omit" });
        if (!response.ok) return this.close();
        const { suggestions } = await response.json();
        this.answers.set(text, suggestions);
        this.show(text);
      } catch (error) {
        // Aborted: a newer question is on its way. No network: the box stays a plain search box.
        if (error.name !== "AbortError") this.close();
      }
    }

    show(text) {
      if (document.activeElement !== this.box || this.box.value.trim() !== text) return;
      const typed = fold(text);
      this.options = this.answers.get(text).map((suggestion, number) => this.option(suggestion, number, typed));
      this.list.replaceChildren(...this.options);
      this.toggle(this.options.length > 0);
      const count = this.options.length;
      this.status.textContent = count
        ? `${count} suggestion${count === 1 ? "" : "s"}, up and down arrow keys choose`
        : "No suggestions";
    }

    option(suggestion, number, typed) {
      const option = make("li", { id: `suggestion-${number}`, role: "option", "aria-selected": "false" });
      const [name, more, other] = ["b", "small", "i"].map((tag) => document.createElement(tag));
      option.dataset.url = suggestion.url;
      name.dir = "auto";
      if (suggestion.language) name.lang = suggestion.language;
      name.append(...marked(typed, suggestion.text));
      if (suggestion.name !== suggestion.text) {
        other.textContent = `see ${suggestion.name}. `;
        more.append(other);
      }
      more.append(suggestion.short_definition || "");
      option.append(name, more);
      return option;
    }

    toggle(isOpen) {
      this.move(-1);
      this.list.hidden = !isOpen;
      this.box.setAttribute("aria-expanded", isOpen);
    }

    close() {
      this.stop();
      this.toggle(false);
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
      if (event.isComposing || event.ctrlKey || event.metaKey) return;
      const last = this.options.length - 1;
      const isOpen = this.isOpen;
      if (event.key === "Escape" && isOpen) {
        event.preventDefault(); // a second Escape empties the box
        this.close();
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && last >= 0) {
        event.preventDefault();
        if (event.altKey) return this.toggle(event.key === "ArrowDown");
        if (!isOpen) this.toggle(true);
        if (event.key === "ArrowDown") this.move(this.active < last ? this.active + 1 : 0);
        else this.move(this.active > 0 ? this.active - 1 : last);
      } else if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) {
        this.move(-1); // the cursor moves in the box
      } else if (event.key === "Enter" && isOpen && this.active >= 0) {
        event.preventDefault();
        this.go(this.active);
      } else if (event.key === "Enter") {
        this.close();
      }
    }

    go(number) {
      location.assign(this.options[number].dataset.url);
    }
  }

  const box = document.querySelector("[data-suggest]");
  if (box?.dataset.suggest) new Suggestions(box);
})();
