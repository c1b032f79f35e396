"""Who gets what from check-ins, tasks and outcomes; part of the table the walking test goes through."""

from types import SimpleNamespace

from clinic.testing import Row, everyone, staff_only
from treatments import check_ins
from treatments.models import Task
from treatments.tests import aftercare_world

THERAPISTS = staff_only(403, therapist=200, other=200)
THERAPISTS_BAD_INPUT = staff_only(403, therapist=422, other=422)


def make(client, therapist, now):
    """A question nobody has answered, and a call-back from one that somebody has: what the table points at."""
    over = aftercare_world.session(client, therapist, now.replace(hour=3))
    open_question = check_ins.ask(session=over, moment="h24", due_at=now, now=now)
    answered = check_ins.ask(session=over, moment="h72", due_at=now, now=now)
    check_ins.answer(check_in=answered, feeling="worse", score=7, reaction=None, reaction_text="", now=now)
    return SimpleNamespace(check_in=open_question, task=Task.objects.get(check_in=answered))


def _link(world):
    return [check_ins.token_of(world.check_in)]


def _task(world):
    return [world.task.public_id]


def _ann(world):
    return [world.ann.public_id]


TABLE: dict[str, Row] = {
    # The link itself is the key: whoever holds it may answer, once. An empty answer keeps nothing.
    "treatments:check_in": Row(get=everyone(200), post=everyone(422), args=_link),
    "treatments:task_list": Row(get=staff_only(), post=staff_only(405)),
    "treatments:task_done": Row(get=THERAPISTS, post=THERAPISTS_BAD_INPUT, args=_task),
    "treatments:outcome_list": Row(get=THERAPISTS, post=THERAPISTS_BAD_INPUT, args=_ann),
}
