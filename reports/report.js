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

  const said = (who, text, className) => {
    const box = make("div", "said " + className);
    box.append(make("b", "", who), make("p", "", text));
    return box;
  };

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
    if (turn.meant) labels.append(make("b", "", "meant "), turn.meant + "   ");
    labels.append(make("b", "", "seen "), turn.seen);
    box.append(labels);
    const facts = make("ul");
    for (const [claim, correction] of turn.errors) facts.append(make("li", "", "false: “" + claim + "” → " + correction));
    if (turn.move) facts.append(make("li", "", ["decision: " + turn.move, turn.step && "difficulty " + turn.step, ...turn.notes].filter(Boolean).join(", ")));
    for (const line of turn.overrides) facts.append(make("li", "", "override: " + line));
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
    for (const turn of interview.turns) body.append(turnNode(details.id, turn));
    body.append(said("Interviewer", interview.last, "asked"), make("pre", "", interview.feedback));
  };

  const all = [...document.querySelectorAll(".interview")];
  for (const details of all) details.addEventListener("toggle", () => details.open && build(details));

  const field = id => document.getElementById(id);
  for (const name of ["persona", "language"]) {
    for (const value of [...new Set(all.map(d => d.dataset[name]))].sort()) {
      const option = make("option", "", value);
      option.value = value;
      field("f-" + name).append(option);
    }
  }
  const filter = () => {
    const text = field("f-text").value.trim().toLowerCase();
    let count = 0;
    for (const details of all) {
      const fits = (!field("f-persona").value || details.dataset.persona === field("f-persona").value)
        && (!field("f-language").value || details.dataset.language === field("f-language").value)
        && (!field("f-mistakes").checked || details.dataset.mistakes !== "0")
        && (!text || details.querySelector("script").textContent.toLowerCase().includes(text)
          || details.querySelector("summary").textContent.toLowerCase().includes(text));
      details.hidden = !fits;
      count += fits;
    }
    field("f-count").textContent = count + " of " + all.length;
  };
  for (const id of ["f-persona", "f-language", "f-mistakes", "f-text"]) field(id).addEventListener("input", filter);
  for (const form of document.querySelectorAll("form")) form.addEventListener("submit", event => event.preventDefault());
  filter();

  const rows = [...document.querySelectorAll("#measures tr.figure")];
  field("m-text").addEventListener("input", () => {
    const text = field("m-text").value.trim().toLowerCase();
    for (const row of rows) row.hidden = Boolean(text) && !row.textContent.toLowerCase().includes(text);
  });

  const follow = () => {
    const wanted = decodeURIComponent(location.hash.slice(1));
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
