// One action on the review board: what was made of it, what it waits for, and what a person can do about it.
import { badge, h, moving, platformName, playing, size } from "./dom.js";
import { t, titleOf } from "./i18n.js";

/** What is shown of an action, and what that is called. */
export function shown(action) {
  const [sticker] = Object.values(action.stickers);
  if (action.declined) return [null, ""];
  if (action.status === "awaiting_start_frame") return [action.start_frame, t("thing.start_frame")];
  return sticker ? [sticker, t("thing.sticker")] : action.clip ? [action.clip, t("thing.clip")] : [action.start_frame, t("thing.start_frame")];
}

/**
 * A tile, as it should be now.
 *
 * `act` has what its buttons do: answer(gate, kind, button, more), replace(file), anotherTake(), look(), redo(), resume(button).
 */
export function tile(job, action, act) {
  return h("li", { class: "card tile", "data-action": action.name, "data-key": action.name, "data-home": true, tabindex: -1, "aria-label": titleOf(action) },
    stage(action, act),
    h("div", { class: "tile-body" },
      h("div", { class: "row between" }, h("h2", {}, `${action.emoji} ${titleOf(action)}`), isWaiting(action) ? badge(action.status, t("tile.your_turn")) : action.answered ? badge("queued", t("tile.answered")) : badge(action.status)),
      message(action),
      h("p", { class: "quiet" }, nextStep(action)),
      action.notes.slice(0, 3).map((note) => h("p", { class: "note" }, note)),
      action.doubtful && action.status === "awaiting_refinement" && !action.answered ? h("p", { class: "note" }, t("tile.doubtful", { count: action.doubtful })) : null,
      controls(job, action, act)));
}

/** Why it failed, why nothing was made, or what else there is to know. */
function message(action) {
  if (!action.message) return null;
  const kind = action.status === "failed" ? "bad" : isWaiting(action) ? "ask" : "";
  return h("p", { class: `note ${kind}`, "data-key": "message" }, action.message);
}

/** What a person typed as the prompt of an action. */
function typedPrompt(action) {
  const field = /** @type {HTMLTextAreaElement | null} */ (document.querySelector(`[data-action="${action.name}"] textarea`));
  return field?.value.trim() ?? "";
}

/** Whether a question of the action has no answer yet. */
const isWaiting = (action) => action.status.startsWith("awaiting") && !action.answered;

function nextStep(action) {
  if (!action.declined) return action.next;
  return t("tile.declined");
}

function stage(action, act) {
  const [made, what] = shown(action);
  if (!made) {
    return h("div", { class: "stage" }, h("span", { class: `wait ${isWaiting(action) || action.status === "failed" ? "" : "busy"}`, "aria-hidden": "true" }, action.emoji));
  }
  const label = t("thing.of", { what, title: titleOf(action) });
  const button = (kind, ...media) => h("button", { type: "button", class: `stage ${kind}`, "aria-label": t("tile.look_closer", { what: label }), "data-key": "look", "data-of": kind, onclick: act.look }, media);
  if (what === t("thing.start_frame")) return button("", playing(made, label), h("span", { class: "tag" }, t("tile.backdrop_later")));
  if (what === t("thing.clip")) return button("", playing(made, label));
  return button("both", h("span", { class: "on-light" }, moving(made, t("tile.on_light", { what: label }))), h("span", { class: "on-dark" }, moving(made, t("tile.on_dark", { what: label }))));
}

function controls(job, action, act) {
  const button = (key, text, work, kind = "") => h("button", { type: "button", class: kind, "data-key": key, onclick: work }, text);
  const say = (gate, kind, more = () => ({})) => (event) => act.answer(gate, kind, event.currentTarget, more());
  const refine = h("a", { class: "button", href: `/jobs/${job}/refine/${action.name}`, "data-key": "refine" }, t("page.refine"));
  const redo = button("redo", t("common.redo_from"), act.redo);
  if (action.answered) return null;
  if (action.status === "awaiting_start_frame") return startFrame(action, act, button, say);
  if (action.status === "awaiting_refinement") {
    if (action.declined) return anotherTry(action, button, say);
    return h("div", { class: "row" }, button("approve", t("common.approve"), say("refinement", "approve"), "primary"), refine,
      button("again", t("common.another_take"), act.anotherTake), button("skip", t("common.skip"), say("refinement", "skip"), "quietly"));
  }
  if (action.status === "done") {
    const stickers = Object.entries(action.stickers);
    return h("div", { class: "stack" },
      stickers.slice(0, 1).map(([, made]) => h("p", { class: "quiet" }, `${made.width}×${made.height}, ${made.note}, ${size(made.bytes)}`)),
      h("div", { class: "row" }, stickers.map(([platform, made]) => h("a", { class: "button", href: `${made.url}&download=1`, download: "", "data-key": `download-${platform}`, "aria-label": t("tile.download_for", { title: titleOf(action), platform: platformName(platform) }) }, stickers.length > 1 ? `↓ ${platformName(platform)}` : t("common.download")))),
      h("div", { class: "row" }, refine, redo));
  }
  if (action.status === "failed") return h("div", { class: "row" }, button("go", t("common.try_again"), (event) => act.resume(event.currentTarget), "primary"), redo);
  if (action.status === "skipped") return h("div", { class: "row" }, redo);
  return null;
}

const words = (action) => h("textarea", { "aria-label": t("tile.prompt_of", { title: titleOf(action) }), maxlength: 600, "data-of": action.question, "data-key": "prompt", value: action.prompt });

function startFrame(action, act, button, say) {
  const typed = () => ({ prompt: typedPrompt(action) });
  const nothing = !action.start_frame || action.declined;
  const file = h("input", { type: "file", class: "sr", tabindex: -1, accept: "image/*", "data-key": "file", "aria-label": t("tile.picture_for", { title: titleOf(action) }), onchange: (event) => event.target.files[0] && act.replace(event.target.files[0]) });
  return h("div", { class: "stack", "data-key": "start" }, words(action), h("div", { class: "row" },
    nothing ? null : button("approve", t("common.approve"), say("start_frame_review", "approve"), "primary"),
    button("regenerate", t("tile.draw_again"), say("start_frame_review", "regenerate", typed), nothing ? "primary" : ""),
    button("replace", t("tile.own"), (event) => event.currentTarget.parentElement.querySelector("input[type=file]").click()), file,
    button("skip", t("common.skip"), say("start_frame_review", "skip"), "quietly")));
}

function anotherTry(action, button, say) {
  const typed = () => ({ prompt: typedPrompt(action) });
  return h("div", { class: "stack", "data-key": "declined" }, words(action), h("div", { class: "row" },
    button("again", t("tile.try_words"), say("refinement", "another_take", typed), "primary"),
    action.clip ? button("approve", t("tile.take_before"), say("refinement", "approve")) : null,
    button("skip", t("common.skip"), say("refinement", "skip"), "quietly")));
}
