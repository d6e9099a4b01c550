"""The seven steps as Prefect tasks."""

from popcon.models.results import Character, Cutouts, Frames, Pack, Sheet, StartFrame, Sticker, Study, Take
from popcon.pipeline.steps.character import prepare_character
from popcon.pipeline.steps.cutouts import cut_out_chunk, study_clip
from popcon.pipeline.steps.frames import choose_frames
from popcon.pipeline.steps.pack import build_pack_file, draw_sheet
from popcon.pipeline.steps.redraw import Redrawn, redraw_frame
from popcon.pipeline.steps.refine import refine_frames
from popcon.pipeline.steps.start_frame import draw_start_frame, replace_start_frame
from popcon.pipeline.steps.sticker import make_sticker_file
from popcon.pipeline.steps.take import make_take
from tasks.base import StepTask

character = StepTask(prepare_character, Character, name="character")
start_frame = StepTask(draw_start_frame, StartFrame, name="start_frame")
replaced_start_frame = StepTask(replace_start_frame, StartFrame, name="start_frame (replaced)")
take = StepTask(make_take, Take, name="take")
frames = StepTask(choose_frames, Frames, name="frames")
redraw = StepTask(redraw_frame, Redrawn, name="redraw")
study = StepTask(study_clip, Study, name="study")
cutouts = StepTask(cut_out_chunk, Cutouts, name="cutouts")
refine = StepTask(refine_frames, Cutouts, name="refine")
sticker = StepTask(make_sticker_file, Sticker, name="sticker")
pack = StepTask(build_pack_file, Pack, name="pack")
sheet = StepTask(draw_sheet, Sheet, name="contact sheet")
