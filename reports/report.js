"use strict";
// Builds an interview when it is opened. Data become text nodes, never markup.
(() => {
  const make = (name, className, text) => {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const MARKS = {right: ["good", "seen right"], acceptable: ["warn", "acceptable"], wrong: ["bad", "mistake"]};

  // Text of its own direction: an override in one may not turn the words beside it.
  const apart = text => make("bdi", "", text);

  const said = (who, text, className) => {
    const box = make("div", "said " + className);
    box.append(make("b", "", who), make("p", "", text));
    return box;
  };

  const checked = checks => checks.map(([met, text]) => make("li", met ? "good" : "bad", (met ? "✓ " : "✗ ") + text));

  const turnNode = (id, turn) => {
    const box = make("div", "turn");
    box.id = id + "/t" + turn.n;
    const head = make("h4");
    const link = make("a", "", "Turn " + turn.n);
    link.href = "#" + box.id;
    head.append(link, " " + [turn.question, turn.level && "level " + turn.level].filter(Boolean).join(", "));
    box.append(head, said("Interviewer", turn.message, "asked"), said("Candidate", turn.reply, "reply"));
    const labels = make("p", "labels");
    const mark = MARKS[turn.mark];
    if (mark) labels.append(make("span", "tag " + mark[0], mark[1]));
    for (const part of turn.degraded) labels.append(make("span", "tag bad", "degraded: " + part));
    if (turn.meant) labels.append(make("b", "", "meant "), apart(turn.meant), "   ");
    labels.append(make("b", "", "seen "), apart(turn.seen));
    box.append(labels);
    const facts = make("ul");
    for (const [claim, correction] of turn.errors) {
      const item = make("li");
      item.append("false: “", apart(claim), "” → ", apart(correction));
      facts.append(item);
    }
    if (turn.move) facts.append(make("li", "", ["decision: " + turn.move, turn.step && "difficulty " + turn.step, ...turn.notes].filter(Boolean).join(", ")));
    for (const line of turn.overrides) facts.append(make("li", "", "override: " + line));
    if (turn.why) facts.append(make("li", "", "expected, since " + turn.why));
    facts.append(...checked(turn.expected));
    box.append(facts);
    if (turn.thoughts.length) {
      const more = make("details");
      more.append(make("summary", "", "thoughts"));
      for (const [who, text] of turn.thoughts) more.append(make("p", "thought", "[" + who + "] " + text));
      box.append(more);
    }
    return box;
  };

  const data = details => JSON.parse(details.querySelector("script").textContent);

  const build = details => {
    const body = details.querySelector(".body");
    if (body.childElementCount) return;
    const interview = data(details);
    const missed = interview.turns.filter(turn => turn.mark === "wrong" || turn.mark === "acceptable");
    if (missed.length) {
      const line = make("p", "missed", "Seen otherwise than meant: ");
      for (const turn of missed) {
        const link = make("a", "", "turn " + turn.n + (turn.mark === "acceptable" ? " (acceptable)" : ""));
        link.href = "#" + details.id + "/t" + turn.n;
        line.append(link, " ");
      }
      body.append(line);
    }
    for (const turn of interview.turns) body.append(turnNode(details.id, turn));
    body.append(said("Interviewer", interview.last, "asked"));
    if (interview.expected.length) {
      const list = make("ul");
      list.append(...checked(interview.expected));
      body.append(list);
    }
    body.append(make("pre", "", interview.feedback));
  };

  const all = [...document.querySelectorAll(".interview")];
  for (const details of all) details.addEventListener("toggle", () => details.open && build(details));

  const field = id => document.getElementById(id);
  const outcomes = details => details.dataset.outcome.split("|");
  for (const name of ["persona", "language", "outcome"]) {
    for (const value of [...new Set(all.flatMap(d => name === "outcome" ? outcomes(d) : [d.dataset[name]]))].sort()) {
      const option = make("option", "", value);
      option.value = value;
      field("f-" + name).append(option);
    }
  }
  // What is searched is what can be read, not the names of fields or escapes; it is gathered on the first search.
  const strings = value => typeof value === "string" ? [value]
    : value && typeof value === "object" ? Object.values(value).flatMap(strings) : [];
  const texts = new Map();
  const textOf = details => {
    if (!texts.has(details)) {
      const head = details.querySelector("summary").textContent;
      texts.set(details, [head, details.id, ...strings(data(details))].join("\n").toLowerCase());
    }
    return texts.get(details);
  };
  const filter = () => {
    const text = field("f-text").value.trim().toLowerCase();
    let count = 0;
    for (const details of all) {
      const fits = (!field("f-persona").value || details.dataset.persona === field("f-persona").value)
        && (!field("f-language").value || details.dataset.language === field("f-language").value)
        && (!field("f-outcome").value || outcomes(details).includes(field("f-outcome").value))
        && (!field("f-mistakes").checked || details.dataset.missed !== "0")
        && (!text || textOf(details).includes(text));
      details.hidden = !fits;
      count += fits;
    }
    field("f-count").textContent = count + " of " + all.length;
  };
  for (const id of ["f-persona", "f-language", "f-outcome", "f-mistakes", "f-text"]) field(id).addEventListener("input", filter);
  for (const form of document.querySelectorAll("form")) form.addEventListener("submit", event => event.preventDefault());
  filter();

  const rows = [...document.querySelectorAll("#measures tr.figure")];
  field("m-text").addEventListener("input", () => {
    const words = field("m-text").value.trim().toLowerCase().split(/\s+/);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every(word => text.includes(word));
      count += !row.hidden;
    }
    field("m-count").textContent = count + " of " + rows.length;
  });

  const follow = () => {
    let wanted = location.hash.slice(1);
    try {
      wanted = decodeURIComponent(wanted);
    } catch {
      return;
    }
    const details = document.getElementById(wanted.split("/")[0]);
    if (!details || !details.classList.contains("interview")) return;
    details.hidden = false;
    details.open = true;
    build(details);
    document.getElementById(wanted)?.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  follow();
})();
