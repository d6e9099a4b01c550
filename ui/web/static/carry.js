import { call, Refused } from "./dom.js";

/**
 * Carry the saved clicks of an action to all of its frames. `each` is called with every frame as soon as the server has
 * saved it; aborting the signal cancels, and what was saved stays.
 */
export async function carry(job, action, who, signal, each) {
  const answer = await call("/api/sam/apply", { json: { job, action }, signal, headers: { "x-popcon-who": who } });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const told = JSON.parse(line);
      if (told.error) throw new Refused(400, told);
      if (!told.finished) each(told);
    }
  }
}
