/* The workbench, on which terms become one: its result follows what is chosen. Without this script the
   button “Show the result” does the same. */
(() => {
  "use strict";

  class Workbench {
    constructor(form) {
      this.form = form;
      this.isDirty = "typed" in form.dataset;
      this.isSending = false;
      // What stands in the fields to write in, as long as nobody wrote in them.
      this.untouched = new Map(this.fields().map((field) => [field, field.value]));
      this.lookSoon = this.later(400, () => this.look());
      form.addEventListener("input", (event) => this.change(event));
      form.addEventListener("submit", () => (this.isSending = true));
      form.addEventListener("keydown", (event) => this.press(event));
      this.scrollTogether([...form.querySelectorAll(".merge-scroll")]);
      addEventListener("pageshow", (event) => event.persisted && (this.isSending = false));
      addEventListener("beforeunload", (event) => this.isDirty && !this.isSending && event.preventDefault());
    }

    later(wait, action) {
      let timer;
      return () => {
        clearTimeout(timer);
        timer = setTimeout(action, wait);
      };
    }

    /* The columns of one term stay one below the other. */
    scrollTogether(boxes) {
      for (const box of boxes) {
        box.addEventListener("scroll", () => boxes.forEach((other) => (other.scrollLeft = box.scrollLeft)));
      }
    }

    fields() {
      return [...this.form.querySelectorAll("[name^=written_]")];
    }

    change({ target }) {
      this.isDirty = true;
      this.isSending = false;
      // Whoever writes in a field means what they write.
      const written = target.name.startsWith("written_") && target.closest(".merge-written");
      if (written) written.querySelector("[type=radio]").checked = true;
      if (target.name === "comment" || target.name === "add") return;
      this.lookSoon();
    }

    async look() {
      if (this.isSending) return;
      this.looking?.abort();
      const { signal } = (this.looking = new AbortController());
      const body = new URLSearchParams(new FormData(this.form));
      body.set("_live", "1");
      // Logging in in another tab makes a new token.
      const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
      if (cookie) body.set("csrfmiddlewaretoken", cookie[1]);
      try {
        const answer = await fetch(this.form.action, { method: "POST", body, signal });
        const isOurs = (answer.headers.get("Content-Type") || "").startsWith("application/json");
        if (!isOurs) return this.say("The result is not shown anew: the server does not answer as it should.");
        const parts = await answer.json();
        if (!answer.ok) return this.say(parts.message);
        this.show(parts);
      } catch (error) {
        if (error.name !== "AbortError") this.say("The result is not shown anew: the server does not answer.");
      }
    }

    show(parts) {
      const result = this.form.querySelector("[data-live=result]");
      const open = new Set([...result.querySelectorAll("details")].filter((one) => one.open).map((one) => this.key(one)));
      const closed = new Set([...result.querySelectorAll("details:not([open])")].map((one) => this.key(one)));
      // Made by the server from templates that escape; scripts in it would not run under our policy.
      result.innerHTML = parts.result;
      for (const one of result.querySelectorAll("details")) {
        if (open.has(this.key(one))) one.open = true;
        else if (closed.has(this.key(one))) one.open = false;
      }
      const deeds = this.form.querySelector("[data-live=deeds]");
      const focused = deeds.contains(document.activeElement) ? document.activeElement.name : "";
      deeds.innerHTML = parts.deeds;
      if (focused) deeds.querySelector(`[name=${focused}]`)?.focus();
      this.fill(parts.written);
      this.markName(parts.written.name);
      this.say(parts.said);
    }

    key(details) {
      return details.querySelector("h3")?.textContent ?? "";
    }

    /* The fields to write in begin with the text that is chosen. */
    fill(written) {
      for (const field of this.fields()) {
        if (field.value !== this.untouched.get(field)) continue;
        const text = written[field.name.slice("written_".length)];
        field.value = text;
        this.untouched.set(field, field.value);
      }
    }

    /* What has become the name is no other name besides. */
    markName(name) {
      const key = (one) => one.trim().toLowerCase();
      for (const item of this.form.querySelectorAll("[data-alias]")) {
        item.classList.toggle("is-the-name", key(item.dataset.alias) === key(name));
      }
    }

    say(sentence) {
      const place = this.form.querySelector("[data-said]");
      if (place.textContent !== sentence) place.textContent = sentence;
    }

    press(event) {
      const isWanted = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key === "Enter";
      if (!isWanted || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit(this.form.querySelector(".desk-buttons [name=_preview]"));
    }
  }

  document.querySelectorAll("form[data-merge]").forEach((form) => new Workbench(form));
})();
