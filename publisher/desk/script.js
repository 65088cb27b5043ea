// Single keys for the list that is open. Without it all works: the same letters are
// access keys of the row that is looked at.
(() => {
  const rows = () => [...document.querySelectorAll(".list tbody > tr")];
  let at = Math.max(0, rows().findIndex((r) => r.classList.contains("current")));
  const row = () => rows()[at];
  const go = (n) => {
    const all = rows();
    if (!all.length) return;
    row().classList.remove("current");
    at = Math.min(all.length - 1, Math.max(0, at + n));
    row().classList.add("current");
    row().tabIndex = -1;
    row().focus();
  };
  const press = (action) => row()?.querySelector(`.do [value="${action}"]`)?.click();
  const keys = {
    j: () => go(1),
    k: () => go(-1),
    o: () => { const d = row()?.querySelector("details"); if (d) d.open = !d.open; },
    p: () => press("publish") ?? press("nominate"),
    r: () => ["reject", "reopen", "withdraw"].forEach(press),
    b: () => ["bin", "unbin"].forEach(press),
    e: () => row()?.querySelector(".head a")?.click(),
    s: () => { const d = row()?.querySelector("details"); if (d) { d.open = true; d.querySelector("[name=at]")?.focus(); } },
    x: () => { const c = row()?.querySelector("[type=checkbox]"); if (c) c.checked = !c.checked; },
    u: () => document.querySelector("form.did button")?.click(),
    "?": () => { const h = document.getElementById("keys"); if (h) h.open = !h.open; },
  };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey || e.isComposing) return;
    if (e.target.closest("input:not([type=checkbox]), textarea, select")) return;
    const f = keys[e.key];
    if (f) { e.preventDefault(); f(); }
  });
})();
