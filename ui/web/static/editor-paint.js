// What the canvas shows: the backdrop, the layers, strokes that are on their way, clicks and the cursor.
const FLAT = { black: "#000", white: "#fff", magenta: "#f0f", chat: "#8cabd9" };
const POINT = 8;

export function paint(editor) {
  if (!editor.width || !editor.pen) return;
  const { pen, canvas } = editor;
  const ratio = canvas.width / Math.max(1, canvas.clientWidth);
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  const { scale, x, y } = editor.view;
  const put = (shift) => pen.setTransform(scale * ratio, 0, 0, scale * ratio, (x + shift * scale) * ratio, y * ratio);
  put(0);
  pen.imageSmoothingEnabled = scale * ratio < 3;
  pen.imageSmoothingQuality = "high";
  ground(editor);
  const { raw, cut, mask, before, after } = editor.layers;
  if (editor.onion && before) tinted(editor, before, "#ff5252", 0.35);
  if (editor.onion && after) tinted(editor, after, "#2f80ff", 0.35);
  if (editor.ghost && raw) {
    pen.globalAlpha = 0.25;
    pen.drawImage(raw, 0, 0, editor.width, editor.height);
    pen.globalAlpha = 1;
  }
  if (cut) pen.drawImage(live(editor, cut), 0, 0, editor.width, editor.height);
  if (mask && !editor.hidden_ && editor.tool !== "erase" && editor.tool !== "restore") {
    pen.globalAlpha = editor.opacity;
    pen.drawImage(mask, 0, 0, editor.width, editor.height);
    pen.globalAlpha = 1;
  }
  if (editor.beside && raw) {
    put(editor.width + 16);
    pen.drawImage(raw, 0, 0, editor.width, editor.height);
  }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  marks(editor);
}

function ground(editor) {
  const { pen } = editor;
  const flat = FLAT[editor.backdrop] ?? (editor.backdrop.startsWith("#") ? editor.backdrop : null);
  if (flat) {
    pen.fillStyle = flat;
    pen.fillRect(0, 0, editor.width, editor.height);
    return;
  }
  const side = 10 / editor.view.scale;
  if (!editor.tile) {
    editor.tile = new OffscreenCanvas(2, 2);
    const small = editor.tile.getContext("2d");
    small.fillStyle = "#fff";
    small.fillRect(0, 0, 2, 2);
    small.fillStyle = "#dcdae4";
    small.fillRect(0, 0, 1, 1);
    small.fillRect(1, 1, 1, 1);
  }
  const pattern = pen.createPattern(editor.tile, "repeat");
  pattern.setTransform(new DOMMatrix([side, 0, 0, side, 0, 0]));
  const smooth = pen.imageSmoothingEnabled;
  pen.imageSmoothingEnabled = false;
  pen.fillStyle = pattern;
  pen.fillRect(0, 0, editor.width, editor.height);
  pen.imageSmoothingEnabled = smooth;
}

function tinted(editor, image, colour, alpha) {
  const sheet = new OffscreenCanvas(editor.width, editor.height);
  const small = sheet.getContext("2d");
  small.drawImage(image, 0, 0, editor.width, editor.height);
  small.globalCompositeOperation = "source-atop";
  small.globalAlpha = 0.7;
  small.fillStyle = colour;
  small.fillRect(0, 0, editor.width, editor.height);
  editor.pen.globalAlpha = alpha;
  editor.pen.drawImage(sheet, 0, 0);
  editor.pen.globalAlpha = 1;
}

/** The cutout with the strokes that the server has not answered yet, so that a brush is never late. */
function live(editor, cut) {
  const strokes = [...(editor.unsettled ?? []), ...(editor.drag?.kind === "stroke" ? [editor.drag.stroke] : [])];
  if (!strokes.length) return cut;
  const sheet = new OffscreenCanvas(editor.width, editor.height);
  const small = sheet.getContext("2d");
  small.drawImage(cut, 0, 0, editor.width, editor.height);
  for (const stroke of strokes) {
    const trace = (pen) => {
      pen.lineWidth = stroke.radius * 2;
      pen.lineCap = pen.lineJoin = "round";
      pen.beginPath();
      stroke.points.forEach(({ x, y }, index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      const [first] = stroke.points;
      if (stroke.points.length === 1) pen.lineTo(first.x + 0.01, first.y);
      pen.stroke();
    };
    if (stroke.mode === "erase") {
      small.globalCompositeOperation = "destination-out";
      trace(small);
      small.globalCompositeOperation = "source-over";
    } else if (editor.layers.raw) {
      const patch = new OffscreenCanvas(editor.width, editor.height);
      const other = patch.getContext("2d");
      trace(other);
      other.globalCompositeOperation = "source-in";
      other.drawImage(editor.layers.raw, 0, 0, editor.width, editor.height);
      small.drawImage(patch, 0, 0);
    }
  }
  return sheet;
}

function marks(editor) {
  const { pen } = editor;
  const { scale, x, y } = editor.view;
  for (const each of editor.edits.clicks) {
    const at = { x: x + each.x * scale, y: y + each.y * scale };
    pen.beginPath();
    pen.arc(at.x, at.y, POINT, 0, 7);
    pen.fillStyle = each.positive ? "#1c1933" : "#d3261f";
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = "#fff";
    pen.stroke();
    pen.beginPath();
    pen.moveTo(at.x - 4, at.y);
    pen.lineTo(at.x + 4, at.y);
    if (each.positive) { pen.moveTo(at.x, at.y - 4); pen.lineTo(at.x, at.y + 4); }
    pen.stroke();
  }
  if (!editor.cursor || !editor.inside(editor.cursor)) return;
  const at = { x: x + editor.cursor.x * scale, y: y + editor.cursor.y * scale };
  const brush = editor.tool === "erase" || editor.tool === "restore";
  const cross = (left) => {
    pen.beginPath();
    pen.moveTo(left - 13, at.y);
    pen.lineTo(left + 13, at.y);
    pen.moveTo(left, at.y - 13);
    pen.lineTo(left, at.y + 13);
    for (const [wide, colour] of [[3, "#fff"], [1, "#000"]]) { pen.lineWidth = wide; pen.strokeStyle = colour; pen.stroke(); }
  };
  if (brush) {
    for (const [wide, colour] of [[3, "#fff"], [1, "#000"]]) {
      pen.beginPath();
      pen.arc(at.x, at.y, editor.brush * scale, 0, 7);
      pen.lineWidth = wide;
      pen.strokeStyle = colour;
      pen.stroke();
    }
  }
  if (editor.keyed) cross(at.x);
  if (editor.beside) cross(at.x + (editor.width + 16) * scale);
}
