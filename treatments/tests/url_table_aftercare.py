"""Who gets what from check-ins, tasks and outcomes; part of the table the walking test goes through."""

from types import SimpleNamespace

from clinic.testing import Row, everyone, staff_only
from treatments import check_ins, page_links
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
    page = page_links.of(session=over, now=now)
    return SimpleNamespace(check_in=open_question, task=Task.objects.get(check_in=answered), page=page)


def _link(world):
    return [check_ins.token_of(world.check_in)]


def _page(world):
    return [page_links.token_of(world.page)]


def _task(world):
    return [world.task.public_id]


def _ann(world):
    return [world.ann.public_id]


TABLE: dict[str, Row] = {
    # The link itself is the key: whoever holds it may answer, once. An empty answer keeps nothing.
    "treatments:check_in": Row(get=everyone(200), post=everyone(422), args=_link),
    # Behind the date of birth: without a pass everybody is sent to where it is asked.
    "treatments:own_open": Row(get=everyone(303), post=everyone(405), args=_page),
    "treatments:own_verify": Row(get=everyone(200), post=everyone(200)),
    "treatments:own": Row(get=everyone(303), post=everyone(303)),
    "treatments:own_visit": Row(get=everyone(303), post=everyone(303)),
    "treatments:own_preferences": Row(get=everyone(303), post=everyone(303)),
    "treatments:own_leave": Row(get=everyone(405), post=everyone(200)),
    "treatments:task_hand_over": Row(get=staff_only(), post=staff_only(422), args=_task),
    "treatments:task_list": Row(get=staff_only(), post=staff_only(405)),
    "treatments:task_done": Row(get=THERAPISTS, post=THERAPISTS_BAD_INPUT, args=_task),
    "treatments:outcome_list": Row(get=THERAPISTS, post=THERAPISTS_BAD_INPUT, args=_ann),
}
