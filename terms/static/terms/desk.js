/* What the editors' desk gains with a script; everything works without it. Each section looks for its
   own elements and does nothing where there are none. */
(() => {
  "use strict";

  const later = (wait, action) => {
    let timer;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(action, wait);
    };
  };

  // Logging in in another tab makes a new token; the one that was printed into a page is then worth nothing.
  const freshToken = (form) => {
    const field = form.elements.csrfmiddlewaretoken;
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    if (cookie) field.value = cookie[1];
    return field.value;
  };

  class NotAnswered extends Error {}

  /* --- Writing: the form of a term ------------------------------------------------------------------
     Every change is kept on the server two seconds later, and when the page is left. */
  class Writing {
    constructor(form) {
      this.form = form;
      this.buttons = (name) => form.querySelector(`.desk-buttons [name=${name}]`);
      this.isDirty = "typed" in form.dataset;
      this.isSending = false;
      this.changes = 0;
      this.keepSoon = later(2000, () => this.keep());
      this.lookSoon = later(500, () => this.look());
      form.addEventListener("input", () => this.change());
      form.addEventListener("submit", (event) => this.send(event));
      form.addEventListener("keydown", (event) => this.press(event));
      document.addEventListener("visibilitychange", () => (document.hidden ? this.keep(true) : this.comeBack()));
      addEventListener("focus", () => this.comeBack());
      addEventListener("pagehide", () => this.keep(true));
      addEventListener("pageshow", (event) => this.isShownAgain(event));
      addEventListener("beforeunload", (event) => this.isDirty && !this.isSending && event.preventDefault());
      form.querySelector("[data-keys]").hidden = false;
      // Whoever reads on without typing is still there.
      setInterval(() => document.hidden || this.look(), 120_000);
      if (this.isDirty) this.keep();
    }

    change() {
      this.isDirty = true;
      this.isSending = false; // whoever types on has stopped the sending, or it came to nothing
      this.changes += 1;
      this.keepSoon();
      this.lookSoon();
    }

    async ask(address, options) {
      const body = new URLSearchParams(new FormData(this.form));
      body.set("csrfmiddlewaretoken", freshToken(this.form));
      const response = await fetch(address, { method: "POST", body, ...options });
      const isOurs = (response.headers.get("Content-Type") || "").startsWith("application/json");
      if (!isOurs) throw new NotAnswered(response.status);
      return { isDone: response.ok, ...(await response.json()) };
    }

    /* Keep the form as it stands; `isLeaving` lets the request outlive the page. */
    async keep(isLeaving = false) {
      if (!this.isDirty || this.isSending) return;
      // One at a time: an older text that arrives later would take the place of the newer one.
      if (this.underWay && !isLeaving) return this.keepSoon();
      const upTo = this.changes;
      // A request that outlives its page may carry 64 kB at most; a longer one goes the ordinary way.
      const keepalive = isLeaving && new URLSearchParams(new FormData(this.form)).toString().length < 60_000;
      const request = this.ask(this.form.dataset.keep, { keepalive, signal: AbortSignal.timeout(20_000) });
      const underWay = (this.underWay = request.catch(() => null));
      try {
        const answer = await request;
        if (!answer.isDone) return this.complain(answer.message);
        if (upTo === this.changes) this.isDirty = false;
        this.complain("");
        this.form.querySelector("[data-kept]").textContent = `Kept at ${answer.kept_at}`;
        this.showPresence(answer.presence);
      } catch (error) {
        this.complain(
          error instanceof NotAnswered && error.message === "403"
            ? "Not kept: you are logged out. Log in again in another tab, then go on typing here."
            : "Not kept: the server does not answer. Your text is on this page only; it is tried again.",
        );
        this.retry = setTimeout(() => this.keep(), 15_000);
      } finally {
        if (this.underWay === underWay) this.underWay = null;
      }
    }

    complain(sentence) {
      clearTimeout(this.retry);
      const place = this.form.querySelector("[data-not-kept]");
      if (place.textContent !== sentence) place.textContent = sentence;
      place.hidden = !sentence;
      if (sentence) this.form.querySelector("[data-kept]").textContent = "";
    }

    comeBack() {
      if (!document.hidden && this.isDirty) this.keep();
    }

    /* Back from another page by the browser's own memory: the form is as it was left. */
    isShownAgain(event) {
      if (event.persisted) this.isSending = false;
    }

    async look() {
      // After the sending it would say that somebody is still at it.
      if (this.isSending) return;
      this.looking?.abort();
      const { signal } = (this.looking = new AbortController());
      try {
        const answer = await this.ask(this.form.dataset.preview, { signal });
        if (!answer.isDone) return;
        for (const part of ["preview", "hints"]) {
          // Made by the server from templates that escape; scripts in it would not run under our policy.
          document.querySelector(`[data-live=${part}]`).innerHTML = answer[part];
        }
        const said = document.querySelector("[data-said]");
        if (said.textContent !== answer.said) said.textContent = answer.said;
        this.showPresence(answer.presence);
      } catch {
        // Aborted: a newer text is on its way. No answer: keeping it says so, and is tried again.
      }
    }

    showPresence(html) {
      const place = document.querySelector("[data-presence]");
      if (place.dataset.shown !== html) place.innerHTML = place.dataset.shown = html;
    }

    /* What is still on its way to be kept would arrive after the text was sent, and lie there for ever. */
    send(event) {
      freshToken(this.form);
      this.looking?.abort();
      if (this.underWay && !this.isSending) {
        event.preventDefault();
        const { submitter } = event;
        const wait = new Promise((resolve) => setTimeout(resolve, 1000));
        // A form takes no second submission while its first is still being announced: hence the timeout.
        Promise.race([this.underWay, wait]).then(() => setTimeout(() => this.form.requestSubmit(submitter)));
      }
      this.isSending = true;
    }

    press(event) {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.isComposing) return;
      const key = event.key.toLowerCase();
      if (key !== "enter" && key !== "s") return;
      event.preventDefault();
      const button = this.buttons(key === "s" ? "_save_draft" : "_preview");
      if (button) this.form.requestSubmit(button);
      else this.keep();
    }
  }

  document.querySelectorAll("form[data-writing]").forEach((form) => new Writing(form));

  /* --- The names of other terms -----------------------------------------------------------------------
     The fields for relations suggest them. The browser shows the list, and the keys for it are its own. */
  document.querySelectorAll("form[data-suggest]").forEach((form) => {
    const list = document.createElement("datalist");
    list.id = "names-of-terms";
    form.append(list);
    const offer = later(200, async () => {
      const field = document.activeElement;
      if (field.getAttribute("list") !== list.id || !field.value.trim()) return;
      const address = `${form.dataset.suggest}?q=${encodeURIComponent(field.value)}`;
      const answer = await fetch(address).catch(() => null);
      if (!answer?.ok) return;
      const { suggestions } = await answer.json();
      // A name of several terms leads to none of them; their addresses do.
      const isShared = (one) => suggestions.filter((other) => other.name === one.name).length > 1;
      list.replaceChildren(...suggestions.map((one) => new Option(one.text, isShared(one) ? one.slug : one.name)));
    });
    form.querySelectorAll(".cell-target input").forEach((field) => field.setAttribute("list", list.id));
    form.addEventListener("input", offer);
  });

  /* --- How long a short text is --------------------------------------------------------------------- */
  document.querySelectorAll("textarea[data-limit]").forEach((field) => {
    const limit = Number(field.dataset.limit);
    const counter = document.createElement("span");
    const count = () => {
      const length = [...field.value.trim()].length;
      counter.textContent = ` ${length} of ${limit}`;
      counter.classList.toggle("is-over", length > limit);
    };
    counter.className = "counter";
    field.labels[0].append(counter);
    field.addEventListener("input", count);
    count();
  });

  /* --- A form that is sent once more ------------------------------------------------------------------ */
  document.querySelectorAll("form[data-again]").forEach((form) => {
    form.addEventListener("submit", () => freshToken(form));
  });

  /* --- A form that takes its time: it says so, and is not sent twice --------------------------------- */
  document.querySelectorAll("form[data-busy]").forEach((form) => {
    form.addEventListener("submit", ({ submitter }) => {
      const words = submitter.textContent;
      const show = (text, isBusy) => Object.assign(submitter, { textContent: text, disabled: isBusy });
      setTimeout(() => show(form.dataset.busy, true));
      addEventListener("pagehide", () => show(words, false), { once: true });
    });
  });

  /* --- An import that runs: how far it is by now ------------------------------------------------------ */
  document.querySelectorAll("[data-progress]").forEach((panel) => {
    const ask = async () => {
      const answer = await fetch(location.href).catch(() => null);
      const page = new DOMParser().parseFromString(answer?.ok ? await answer.text() : "", "text/html");
      const now = page.querySelector("[data-progress]");
      const isAsBefore = now?.querySelectorAll("button").length === panel.querySelectorAll("button").length;
      if (answer?.ok && !isAsBefore) return location.reload();
      if (now) panel.firstElementChild.replaceWith(now.firstElementChild);
      setTimeout(ask, 2000);
    };
    setTimeout(ask, 1000);
  });

  /* --- To the first field that was refused ----------------------------------------------------------- */
  document.querySelector("[aria-invalid=true], .errorlist[tabindex]")?.focus();

  /* --- Keys for the queue and the page of a proposal -------------------------------------------------
     One letter each, and only where nobody is typing. What the keys do stands on the page. */
  class Keys {
    constructor(list) {
      this.list = list;
      this.rows = [...document.querySelectorAll("#result_list tbody tr, .import-row")];
      this.here = this.rows.findIndex((row) => row.id && `#${row.id}` === location.hash);
      document.addEventListener("keydown", (event) => this.press(event));
      list.hidden = false;
      if (this.here >= 0) this.move(0);
    }

    press(event) {
      const isTyping = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const action = {
        j: () => (this.rows.length ? this.move(1) : this.follow("next")),
        k: () => (this.rows.length ? this.move(-1) : this.follow("prev")),
        x: () => this.rows[this.here]?.querySelector("input[type=checkbox]")?.click(),
        l: () => this.rows[this.here]?.querySelector("[name=_leave_out]")?.click(),
        o: () => this.rows[this.here]?.querySelector("th a, .import-name")?.click(),
        a: () => document.querySelector("[name=_approve]")?.focus(),
        r: () => document.getElementById("id_remark")?.focus(),
        c: () => document.getElementById("id_text")?.focus(),
        u: () => document.querySelector(".breadcrumbs a:last-of-type")?.click(),
      }[event.key];
      if (!action || event.shiftKey) return;
      event.preventDefault();
      action();
    }

    follow(relation) {
      document.querySelector(`.steps a[rel=${relation}]`)?.click();
    }

    move(step) {
      this.rows[this.here]?.classList.remove("here");
      this.here = Math.min(Math.max(this.here + step, 0), this.rows.length - 1);
      this.rows[this.here].classList.add("here");
      this.rows[this.here].querySelector("th a, .import-name").focus();
    }
  }

  document.querySelectorAll("[data-review-keys]").forEach((list) => new Keys(list));

  /* --- Keys for the list of look-alikes --------------------------------------------------------------
     One letter each, as above; they press what stands at the pair where one is. */
  class PairKeys {
    constructor(help) {
      this.help = help;
      this.pairs = [...document.querySelectorAll(".pair-entry")];
      const at = this.pairs.findIndex((pair) => `#${pair.id}` === location.hash);
      this.here = this.pairs.length === 1 ? 0 : at;
      document.addEventListener("keydown", (event) => this.press(event));
      document.addEventListener("focusin", ({ target }) => this.follow(target.closest(".pair-entry"), target));
      help.hidden = false;
      document.body.classList.add("has-keys");
      if (at >= 0) this.move(0);
    }

    press(event) {
      const isTyping = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.key === "Escape") return this.close(event.target.closest("details.pair-deed[open]"));
      if (isTyping) return;
      const action = {
        j: () => this.move(1),
        k: () => this.move(-1),
        m: () => this.at("[data-merge]")?.click(),
        d: () => this.open(),
        r: () => this.at("[data-related]")?.click(),
        l: () => this.at("[data-later]")?.click(),
        b: () => this.at("[data-open-again]")?.click(),
        x: () => this.at("[data-choose]")?.click(),
        o: () => this.at("[data-whole]")?.click(),
        u: () => document.querySelector(".take-back")?.click(),
        "?": () => this.explain(),
      }[event.key];
      const reason = /^[1-9]$/.test(event.key) && this.reason(Number(event.key));
      if (!action && !reason) return;
      event.preventDefault();
      if (reason) reason.click();
      else action();
    }

    at(wanted) {
      return this.pairs[this.here]?.querySelector(wanted);
    }

    open() {
      const deed = this.at("[data-different]");
      if (!deed) return;
      deed.open = true;
      deed.querySelector(".pair-common button").focus();
    }

    reason(number) {
      return this.at("[data-different][open]")?.querySelectorAll(".pair-common button")[number - 1];
    }

    close(deed) {
      if (!deed) return;
      deed.open = false;
      deed.querySelector("summary").focus();
    }

    explain() {
      this.help.open = true;
      this.help.querySelector("summary").focus();
    }

    /* Whoever goes on with Tab or the mouse is where the focus is. The end of an address gives it to the
       pair as a whole, on which nobody sees it. */
    follow(pair, target) {
      if (!pair) return;
      if (pair === target) pair.querySelector(".pair-name a").focus({ preventScroll: true });
      if (pair === this.pairs[this.here]) return;
      this.pairs[this.here]?.classList.remove("here");
      this.here = this.pairs.indexOf(pair);
      pair.classList.add("here");
    }

    move(step) {
      if (!this.pairs.length) return;
      this.pairs[this.here]?.classList.remove("here");
      this.here = Math.min(Math.max(this.here + step, 0), this.pairs.length - 1);
      const pair = this.pairs[this.here];
      pair.classList.add("here");
      pair.querySelector(".pair-name a").focus({ preventScroll: true });
      pair.scrollIntoView({ block: "nearest" });
    }
  }

  document.querySelectorAll("[data-pair-keys]").forEach((help) => new PairKeys(help));
})();
