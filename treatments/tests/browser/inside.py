"""What the tests do inside the running clinic's own process (`manage.py shell`), where no page can."""

import json

PASSWORDS = {
    "desk": "paper lantern over quiet water",
    "lead": "seven herons cross the mill pond",
    "therapist": "a bicycle leans on the red barn",
    "owner": "winter apples in a wooden bowl",
}
STAFF = {
    "desk": {"name": "Dora Desk", "is_front_desk": True},
    "lead": {"name": "Lea Lead", "is_therapist": True, "is_lead_therapist": True},
    "therapist": {"name": "Thea Therapist", "is_therapist": True},
    "owner": {"name": "Olga Owner", "is_owner": True},
}


def run(clinic, call):
    """Call a function of this module in the clinic's process and return what it returned."""
    code = f"import json; from treatments.tests.browser import inside; print(json.dumps(inside.{call}))"
    return json.loads(clinic.manage("shell", "--verbosity", "0", "-c", code).strip().splitlines()[-1])


def hire():
    """Staff with known passwords, in a clinic where it is late morning and mail may go at any hour."""
    from datetime import time

    from django.utils import timezone

    from clinic.models import ClinicSettings, User
    from treatments.demo.cast import zone_at_eleven

    clinic = ClinicSettings.load()
    clinic.name, clinic.phone, clinic.email = "Riverside Clinic", "+1 555 010 0200", "desk@riverside.example"
    clinic.time_zone = str(zone_at_eleven(timezone.now()))
    clinic.quiet_from, clinic.quiet_until = time(3), time(4)
    clinic.emergency_number, clinic.require_mfa = "911", False
    clinic.save()
    for role, facts in STAFF.items():
        email = f"{role}@riverside.example"
        user = User.objects.filter(is_owner=True).first() if role == "owner" else None
        if user is None:
            User.objects.create_user(email=email, password=PASSWORDS[role], **facts)
        else:
            user.set_password(PASSWORDS[role])
            user.email = email
            user.save()
    return clinic.time_zone


def bring_forward(kind):
    """Hours or days pass: what went out did so yesterday, and the messages of this kind are due now."""
    import time
    from datetime import timedelta

    from django.db.models import F
    from django.utils import timezone

    from clinic.models import Message

    while Message.objects.filter(state=Message.State.SENDING).exists():  # its mail may be read before it is settled
        time.sleep(0.2)
    gone = Message.objects.filter(kind__startswith="aftercare.", state=Message.State.SENT)
    gone.update(sent_at=F("sent_at") - timedelta(days=1))
    now = timezone.now()
    waiting = Message.objects.filter(kind=kind, state=Message.State.SCHEDULED)
    return waiting.update(due_at=now, next_attempt_at=now)


def demo_places():
    """Addresses of the demo clinic, and the link of an invitation to its staff."""
    from django.utils import timezone

    from clinic import links, people
    from clinic.models import User
    from treatments.demo.places import places

    now = timezone.now()
    owner = User.objects.get(email="owner@demo.example")
    invited = people.invite(email="new@demo.example", name="Noor New", roles=["therapist"], by=owner, now=now)
    return places(now=now) | {"join": f"/join/{links.token(people.PURPOSE, invited.nonce)}/"}


def hire_with_second_factor(email, password):
    """Somebody whose password alone opens nothing."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from clinic.models import User

    user = User.objects.create_user(email=email, password=password, name="Tara Two", is_front_desk=True)
    TOTP.activate(user, generate_totp_secret())


def someone_invited():
    """A new client with back pain, and the link to their first form."""
    from datetime import date

    from django.urls import reverse
    from django.utils import timezone

    from clinic import clients
    from clinic.models import User
    from intake.inviting import invitations

    now, by = timezone.now(), User.objects.get(email="desk@demo.example")
    facts = {"first_name": "Tess", "last_name": "Tunnel", "date_of_birth": date(1986, 5, 4)}
    number = User.objects.count() + clients.Client.objects.count()
    client = clients.register(by=by, now=now, email=f"tess{number}@example.org", mobile="+15035550188", **facts)
    invitation = invitations.invite(client=client, by=by, now=now)
    return reverse("intake:open", args=[invitations.token_of(invitation)])


def answers_behind(link):
    """What the clinic has of the form behind this link."""
    from clinic import links
    from intake.models import Response
    from intake.responses import answers_of

    token = link.strip("/").rpartition("/")[2]
    return answers_of(Response.objects.select_related("version").get(invitation__token_hash=links.digest(token)))


def someone_arrived():
    """A client with a health history and a yes to e-mail is here for the therapist."""
    from datetime import timedelta

    from django.utils import timezone

    from clinic.models import User
    from treatments import schedule
    from treatments.faults import people

    now, desk = timezone.now(), User.objects.get(email="desk@riverside.example")
    client = people.gather(name="walk", clients=1, therapists=0, now=now).clients[0]
    therapist = User.objects.get(email="therapist@riverside.example")
    session = schedule.book(
        client=client, therapist=therapist, starts_at=now, minutes=schedule.SHORTEST, by=desk,
        now=now - timedelta(days=1), ask=False,
    )  # fmt: skip
    schedule.arrive(session=session, by=desk, now=now)
    return {"email": client.email, "name": client.first_name}
