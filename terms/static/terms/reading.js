/* What the page of a term gains with a script; everything works without it. Links to terms show how the
   term begins, what can be copied gets a button, and only what really scrolls is a stop for Tab. */
(() => {
  "use strict";

  const make = (tag, attributes) => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    return element;
  };

  /* One card for all links, by WCAG 2.2, 1.4.13: the pointer may move on to it, Escape puts it away, and
     it stays for as long as pointer or focus do. Without it, and on touch, a link has its title. */
  const LINKS = "a[data-term]:is([title], [aria-describedby])";
  const UNTIL_SHOWN = 300;
  const UNTIL_GONE = 250; // long enough to cross from the link to the card
  const GAP = 6;

  class Preview {
    constructor() {
      this.card = make("div", { id: "preview", class: "preview", role: "tooltip", hidden: "" });
      this.name = document.createElement("b");
      this.text = document.createElement("span");
      this.card.append(this.name, " ", this.text);
      document.querySelector("main").append(this.card);
      this.pointed = this.focused = this.held = this.dismissed = null;
      document.addEventListener("pointerover", (event) => event.pointerType === "touch" || this.point(event));
      document.documentElement.addEventListener("pointerleave", () => this.leave());
      document.addEventListener("focusin", (event) => this.focus(event.target.closest(LINKS)));
      document.addEventListener("focusout", () => this.focus(null));
      document.addEventListener("keydown", (event) => event.key === "Escape" && this.dismiss());
      window.addEventListener("pagehide", () => this.letGo());
    }

    point({ target, clientY }) {
      if (this.card.contains(target)) return clearTimeout(this.timer);
      const link = target.closest?.(LINKS);
      if (!link) return this.leave();
      clearTimeout(this.timer);
      if (link !== this.pointed) this.dismissed = null;
      this.pointed = link;
      if (link === this.dismissed || (link === this.held && !this.card.hidden)) return;
      this.timer = setTimeout(() => this.show(link, clientY), UNTIL_SHOWN);
    }

    leave() {
      if (!this.pointed) return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        this.pointed = null;
        this.settle();
      }, UNTIL_GONE);
    }

    focus(link) {
      this.focused = link?.matches(":focus-visible") ? link : null;
      if (this.focused) this.dismissed = null;
      if (!this.pointed) this.settle();
    }

    /* Show what has the focus, now that nothing is pointed at. */
    settle() {
      if (this.focused && this.focused !== this.dismissed) this.show(this.focused);
      else this.letGo();
    }

    dismiss() {
      clearTimeout(this.timer);
      if (this.card.hidden) return;
      this.dismissed = this.held;
      this.card.hidden = true;
    }

    /* The title would come up as a second card; it is kept until pointer and focus are elsewhere. */
    hold(link) {
      if (link === this.held) return;
      this.letGo();
      this.held = link;
      this.title = link.title;
      link.removeAttribute("title");
      link.setAttribute("aria-describedby", "preview");
    }

    letGo() {
      this.card.hidden = true;
      if (!this.held) return;
      this.held.title = this.title;
      this.held.removeAttribute("aria-describedby");
      this.held = null;
    }

    show(link, y = 0) {
      this.hold(link);
      this.name.textContent = link.dataset.name || link.textContent;
      this.text.textContent = this.title;
      this.card.hidden = false;
      this.place(link, y);
    }

    /* Below the line of the link that is pointed at, or above where there is no room, inside the window.
       It is moved by `translate`, for nothing that is on the page is to move with it. */
    place(link, y) {
      const lines = [...link.getClientRects()];
      const line = lines.find(({ bottom }) => y <= bottom) || lines[0];
      this.card.style.translate = "none";
      const { left, top, width, height } = this.card.getBoundingClientRect();
      const start = getComputedStyle(link).direction === "rtl" ? line.right - width : line.left;
      const room = document.documentElement.clientWidth - width - GAP;
      const above = line.top - GAP - height;
      const isAbove = line.bottom + GAP + height > window.innerHeight && above > 0;
      const across = Math.max(GAP, Math.min(start, room)) - left;
      const down = (isAbove ? above : line.bottom + GAP) - top;
      this.card.style.translate = `${Math.round(across)}px ${Math.round(down)}px`;
    }
  }

  if (document.querySelector(LINKS)) new Preview();

  const write = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Where a page comes without HTTPS, there is only the old way.
    const give = (event) => {
      event.clipboardData.setData("text/plain", text);
      event.preventDefault();
    };
    document.addEventListener("copy", give, { once: true });
    if (!document.execCommand("copy")) throw new Error("not copied");
  };

  const said = make("span", { class: "visually-hidden", role: "status" });
  document.body.append(said);

  /* Put a button into the box that copies what `source` says. */
  const offer = (box, source, label) => {
    const button = make("button", { type: "button", class: "copy no-print" });
    const [word, more] = ["Copy", make("span", { class: "visually-hidden" })];
    more.textContent = ` ${label}`;
    button.append(word, more);
    button.addEventListener("click", async () => {
      const tell = (outcome) => (said.textContent = button.firstChild.data = outcome);
      try {
        await write(source.textContent);
        tell("Copied");
      } catch {
        getSelection().selectAllChildren(source);
        tell("Selected: copy it with the keyboard");
      }
      clearTimeout(button.timer);
      button.timer = setTimeout(() => {
        said.textContent = "";
        button.firstChild.data = word;
      }, 3000);
    });
    box.classList.add("copy-box");
    box.append(button);
  };

  document.querySelectorAll("[data-copy]").forEach((source) => {
    offer(source.parentElement, source, source.dataset.copy);
  });
  document.querySelectorAll(".prose pre").forEach((code) => {
    const box = document.createElement("div");
    code.replaceWith(box);
    box.append(code);
    offer(box, code, "code");
  });

  const boxes = new ResizeObserver((entries) => {
    entries.forEach(({ target }) => (target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1));
  });
  document.querySelectorAll(".prose [tabindex]").forEach((box) => boxes.observe(box));
})();
